// Recordings and rules in files: packed JSON that is checked when it is read.
import { readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip, gunzipSync, gzip } from 'node:zlib'
import type { DispatchRules } from '../../domain/model/dispatchRules.ts'
import { plainly } from '../scenario/plainWords.ts'
import { checkRecording, checkRules } from './format.ts'
import type { Recording } from './recording.ts'

/** A file that unpacks to more than this is not read. */
const mostBytes = 1024 ** 3
const packedBegins = 0x1f8b

export async function writeRecording(path: string, recording: Recording): Promise<number> {
  const packed = await promisify(gzip)(JSON.stringify(recording), { level: 9 })
  await writeFile(path, packed)
  return packed.byteLength
}

export async function readRecording(path: string): Promise<Recording> {
  return checkRecording(await readJson(path), path)
}

export async function readRules(path: string): Promise<DispatchRules> {
  return checkRules(await readJson(path), path)
}

/** What stands in a file that a scenario names; streets and orders are prepared at once. */
export function readJsonNow(path: string): unknown {
  try {
    const bytes = readFileSync(path)
    const text = isPacked(bytes) ? gunzipSync(bytes, { maxOutputLength: mostBytes }) : bytes
    const document: unknown = JSON.parse(text.toString())
    return document
  } catch (error) {
    throw new Error(`cannot be read: ${plainly(error)}`, { cause: error })
  }
}

async function readJson(path: string): Promise<unknown> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new Error(`${path} cannot be read: ${plainly(error)}`, { cause: error })
  })
  try {
    const unpack = () => promisify(gunzip)(bytes, { maxOutputLength: mostBytes })
    const text = isPacked(bytes) ? await unpack() : bytes
    const document: unknown = JSON.parse(text.toString())
    return document
  } catch (error) {
    throw new Error(`${path} is not JSON, packed or not`, { cause: error })
  }
}

function isPacked(bytes: Buffer): boolean {
  return bytes.byteLength > 1 && bytes.readUInt16BE(0) === packedBegins
}
