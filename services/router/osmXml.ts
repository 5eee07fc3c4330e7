// Reads OpenStreetMap XML: nodes, ways and relations with their tags, in one pass over the text.
import { noTags, type OsmSink, type Tags } from './osmSink.ts'

export function readOsmXml(text: string, sink: OsmSink): void {
  const scan: Scan = { text, at: 0, id: 0, lon: 0, lat: 0, key: '', value: '', type: '' }
  let tags: Tags | null = null
  let refs: number[] = []
  let members: { type: string; ref: number; role: string }[] = []

  for (;;) {
    const open = text.indexOf('<', scan.at)
    if (open < 0) return
    if (text[open + 1] === '!') {
      const comment = text.startsWith('<!--', open)
      const end = text.indexOf(comment ? '-->' : '>', open)
      if (end < 0) return
      scan.at = end
      continue
    }
    const nameEnd = endOfName(text, open + 1)
    const name = text.slice(open + 1, nameEnd)
    scan.at = nameEnd
    const closed = readAttributes(scan)
    switch (name) {
      case 'node':
        tags = null
        if (closed) sink.node(scan.id, scan.lon, scan.lat, null)
        break
      case '/node':
        sink.node(scan.id, scan.lon, scan.lat, tags)
        break
      case 'way':
      case 'relation':
        tags = null
        refs = []
        members = []
        break
      case 'nd':
        refs.push(scan.ref ?? Number.NaN)
        break
      case 'member':
        members.push({ type: scan.type, ref: scan.ref ?? Number.NaN, role: scan.value })
        break
      case 'tag':
        tags ??= noTags()
        tags[scan.key] = scan.value
        break
      case '/way':
        sink.way(scan.id, refs, tags ?? {})
        break
      case '/relation':
        sink.relation(scan.id, members, tags ?? {})
        break
      default:
    }
  }
}

interface Scan {
  text: string
  at: number
  id: number
  lon: number
  lat: number
  key: string
  value: string
  type: string
  ref?: number
}

function endOfName(text: string, from: number): number {
  let at = from
  for (; at < text.length; at++) {
    const char = text.charCodeAt(at)
    // A slash ends a name only where it does not begin one.
    if (char <= 32 || char === 62 || (char === 47 && at > from)) break
  }
  return at
}

/** Takes the attributes up to the element's end; true when the element is empty (`/>`). */
function readAttributes(scan: Scan): boolean {
  const { text } = scan
  for (;;) {
    let at = scan.at
    while (text.charCodeAt(at) <= 32) at++
    const char = text.charCodeAt(at)
    if (char === 62) {
      scan.at = at + 1
      return false
    }
    if (char === 47 || char === 63) {
      scan.at = at + 2
      return true
    }
    const equals = text.indexOf('=', at)
    const quote = text[equals + 1]
    const end = equals < 0 ? -1 : text.indexOf(quote ?? '"', equals + 2)
    if (end < 0) {
      // Not XML, or a text that was cut off.
      const close = text.indexOf('>', at)
      scan.at = close < 0 ? text.length : close + 1
      return true
    }
    take(scan, text.slice(at, equals), text.slice(equals + 2, end))
    scan.at = end + 1
  }
}

function take(scan: Scan, name: string, raw: string): void {
  switch (name) {
    case 'id':
      scan.id = Number(raw)
      break
    case 'lon':
      scan.lon = Number(raw)
      break
    case 'lat':
      scan.lat = Number(raw)
      break
    case 'ref':
      scan.ref = Number(raw)
      break
    case 'k':
      scan.key = decoded(raw)
      break
    case 'v':
    case 'role':
      scan.value = decoded(raw)
      break
    case 'type':
      scan.type = raw
      break
    default:
  }
}

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

function decoded(raw: string): string {
  if (!raw.includes('&')) return raw
  return raw.replace(/&(#x?[0-9a-f]+|\w+);/gi, (whole, name: string) => {
    if (name.startsWith('#x')) return String.fromCodePoint(Number.parseInt(name.slice(2), 16))
    if (name.startsWith('#')) return String.fromCodePoint(Number(name.slice(1)))
    return ENTITIES[name] ?? whole
  })
}
