/** An emoji for each octet, by emojisum (draft 2): people compare sixteen pictures faster than sixty-four digits. */
const emojis = [
  '👍 🎱 ✈️ 👽 ⚓ 👼 😠 🐜 🍎 🎨 👶 🍼 🔙 🎍 🍌 💈',
  '🛁 🍺 🔔 🚴‍♂️ 🐦 🎂 🌼 🚙 🐗 💣 💥 🙇‍♂️ 👦 💔 💡 🚌',
  '🌵 📆 📷 🍬 🐱 🍒 🚸 🍫 👏 ☁️ ♣️ 🇨🇳 ☕ 🚧 🍪 ©️',
  '🌽 🐮 🌙 👑 😢 🔮 ➰ 👯‍♀️ 💨 🇩🇪 ♦️ 🐶 🍩 🐉 📀 👂',
  '🍆 🐘 🔚 ✉ 🇪🇸 👀 👊 👨‍👩‍👦 🎡 😰 🔥 🎆 💾 🏈 🍴 🍀',
  '🇫🇷 🍟 🥜 🖕 🌕 🎲 🇪🇺 💎 👧 🐐 😬 😁 💂‍♂️ 🎸 🔫 🍔',
  '🔨 🐹 🙉 ❤️ 😻 ❣️ ✔️ 🗿 🏮 🚁 🔪 🐝 🐴 🏇 ⌛ 🏠',
  '🕵️‍♀️ 🍦 👿 🇮🇹 🎃 👺 🇯🇵 🔑 💋 😽 🐨 🇰🇷 🍋 💄 🔒 🍭',
  '👨 🍁 😷 🤘 🔬 💰 🐒 🗻 💪 🍄 🎹 🎼 💅 🌑 ⛔ 👃',
  '🎛️ 🔩 ⭕ 🌊 👌 🔛 📦 🌴 🐼 📎 ⛅ 🛂 🐾 🍑 🐧 ☎️',
  '🐷 💊 🍍 🍕 👈 👉 💩 🍗 🙏 👸 👛 📌 🐰 🌈 ✋ ♻️',
  '🚗 ®️ 🎀 🍚 🚀 🎢 🐓 🇷🇺 ⛵ 🎅 🛰️ 😆 🎷 ✂️ 🙈 🐑',
  '🐚 👞 🎿 💀 😪 😄 😺 😏 🚬 🐌 🐍 ❄️ ⚽ 🔜 👾 ♠️',
  '🙊 ⭐ ⛲ 🗽 🚂 🌻 😎 ☀️ 🌅 🏄‍♂️ 🏊‍♂️ 💉 🎉 🍊 🚕 🎾',
  '⛺ 💭 ™️ 🚽 👅 🎩 🚜 🚎 🤢 🏆 🎺 🐢 🎠 👭 🇬🇧 ☂️',
  '🔓 🇺🇸 ✌️ 📼 🎻 ⚠️ 🍉 👋 〰️ 🚾 ♿ 👩 ❌ 😋 ⚡ 💤',
].flatMap((row) => row.split(' '))

/** Octets as emojis, one each. */
export function toEmoji(octets: Uint8Array): string {
  return Array.from(octets, (octet) => emojis[octet]).join('')
}
