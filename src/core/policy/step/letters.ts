/** Lower case as Go has it: each letter by itself, not by its neighbours and not into several. */
export function lowerCase(text: string): string {
  return Array.from(text, (letter) => Array.from(letter.toLowerCase())[0]).join('')
}

/** The same for texts that differ in case only, by Unicode's simple case folding, as Go's `EqualFold` compares. */
export function foldCase(text: string): string {
  return Array.from(text, foldLetter).join('')
}

function foldLetter(letter: string): string {
  // Its capital is that of i, which it is not.
  if (letter === 'ı') return letter
  const upper = letter.toUpperCase()
  const lower = (isOneLetter(upper) ? upper : letter).toLowerCase()
  return isOneLetter(lower) ? lower : letter
}

function isOneLetter(text: string): boolean {
  return text.length === 1 || Array.from(text).length === 1
}
