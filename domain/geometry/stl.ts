// Reads and writes STL, binary and ASCII, within limits; whatever is wrong with a file is said in
// figures.
import { reason, type Reason } from '../decision.ts'
import type { Mesh } from './mesh.ts'

export interface StlLimits {
  maxBytes: number
  maxTriangles: number
}
export const stlLimits: StlLimits = { maxBytes: 64 * 1024 * 1024, maxTriangles: 2_000_000 }

export type ReadMesh = { ok: true; mesh: Mesh } | { ok: false; why: Reason }

const headerBytes = 84
const triangleBytes = 50

export function parseStl(file: Uint8Array, limits: StlLimits = stlLimits): ReadMesh {
  const { maxBytes } = limits
  if (file.length > maxBytes) return refused('file_too_large', { bytes: file.length, maxBytes })
  if (file.length === 0) return refused('file_empty')
  const count = file.length < headerBytes ? null : viewOf(file).getUint32(80, true)
  // Binary files that start with the word "solid" are common: the length decides.
  if (count !== null && file.length === headerBytes + count * triangleBytes) {
    return parseBinary(file, count, limits)
  }
  if (startsWithSolid(file)) return parseAscii(file, limits)
  if (count === null) return refused('not_stl', { bytes: file.length })
  const expectedBytes = headerBytes + count * triangleBytes
  return refused('file_length_wrong', { bytes: file.length, expectedBytes, triangles: count })
}

export function writeStl({ corners }: Mesh, title = 'fabroute'): Uint8Array {
  const count = corners.length / 9
  const file = new Uint8Array(headerBytes + count * triangleBytes)
  const view = viewOf(file)
  file.set(new TextEncoder().encode(title).subarray(0, 80))
  view.setUint32(80, count, true)
  for (let triangle = 0; triangle < count; triangle++) {
    const at = headerBytes + triangle * triangleBytes
    // The normal stays zero: readers work it out from the corners, as the format allows.
    for (let index = 0; index < 9; index++) {
      view.setFloat32(at + 12 + index * 4, corners[triangle * 9 + index] ?? 0, true)
    }
  }
  return file
}

function parseBinary(file: Uint8Array, count: number, { maxTriangles }: StlLimits): ReadMesh {
  if (count === 0) return refused('no_triangles')
  if (count > maxTriangles) return refused('too_many_triangles', { triangles: count, maxTriangles })
  const view = viewOf(file)
  const corners = new Float32Array(count * 9)
  for (let triangle = 0; triangle < count; triangle++) {
    const at = headerBytes + triangle * triangleBytes + 12
    for (let index = 0; index < 9; index++) {
      corners[triangle * 9 + index] = view.getFloat32(at + index * 4, true)
    }
  }
  return { ok: true, mesh: { corners } }
}

function parseAscii(file: Uint8Array, { maxTriangles }: StlLimits): ReadMesh {
  const text = new TextDecoder('latin1').decode(file)
  if (!/endsolid[^\n]*\s*$/i.test(text.slice(-300))) return refused('file_cut_off')
  const values: number[] = []
  const vertex = /\bvertex\s+(\S+)\s+(\S+)\s+(\S+)/gi
  for (let match = vertex.exec(text); match; match = vertex.exec(text)) {
    values.push(Number(match[1]), Number(match[2]), Number(match[3]))
    if (values.length > maxTriangles * 9) return refused('too_many_triangles', { maxTriangles })
  }
  const facets = text.match(/\bendfacet\b/gi)?.length ?? 0
  if (values.length === 0) return refused('no_triangles')
  if (values.length !== facets * 9) {
    return refused('facet_not_a_triangle', { facets, vertices: values.length / 3 })
  }
  return { ok: true, mesh: { corners: Float32Array.from(values) } }
}

function startsWithSolid(file: Uint8Array): boolean {
  return /^\s*solid\b/i.test(new TextDecoder('latin1').decode(file.subarray(0, 200)))
}

const viewOf = (file: Uint8Array) => new DataView(file.buffer, file.byteOffset, file.byteLength)

function refused(code: string, details: Reason['details'] = {}): ReadMesh {
  return { ok: false, why: reason(code, details) }
}
