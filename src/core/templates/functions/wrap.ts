import type { Budget } from '../engine/budget.ts'

/** At most `width` octets, with `...` for what is left out; `offset` is kept in sight. */
export function abbreviate(s: string, offset: number, width: number): string {
  if (width < 4) return ''
  if (s.length <= width) return s
  const room = width - 3
  const start = Math.min(offset, s.length, s.length - room)
  if (start <= 4) return `${s.slice(0, room)}...`
  if (width < 7) return ''
  return start + room < s.length ? `...${abbreviate(s.slice(start), 0, room)}` : `...${s.slice(s.length - room)}`
}

/** Lines of at most `width` octets, parted at spaces; words that are longer stay whole unless `cutsWords`. */
export function wrapText(s: string, width: number, newline: string, cutsWords: boolean, budget: Budget): string {
  const size = Math.max(width, 1)
  const lines: string[] = []
  let offset = 0
  while (s.length - offset > size) {
    budget.step()
    if (s[offset] === ' ') {
      offset += 1
      continue
    }
    const space = s.slice(offset, offset + size + 1).lastIndexOf(' ')
    const next = cutsWords ? -1 : s.indexOf(' ', offset + size)
    if (space >= 0) {
      lines.push(s.slice(offset, offset + space))
      offset += space + 1
    } else if (cutsWords) {
      lines.push(s.slice(offset, offset + size))
      offset += size
    } else if (next < 0) break
    else {
      lines.push(s.slice(offset, next))
      offset = next + 1
    }
  }
  lines.push(s.slice(offset))
  budget.allocate(s.length + lines.length * newline.length)
  return lines.join(newline)
}
