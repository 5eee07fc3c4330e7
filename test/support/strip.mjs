// Jest's transform: TypeScript in, the same lines without types out, by Node's own stripper.
import { stripTypeScriptTypes } from 'node:module'

export default { process: (source) => ({ code: stripTypeScriptTypes(source) }) }
