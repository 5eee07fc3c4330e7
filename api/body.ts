// Reads the body of a call: JSON in UTF-8, up to the limit, and nothing else.
import express, { type NextFunction, type Request, type Response } from 'express'
import { limits } from './limits.ts'
import { refuse } from './problem.ts'

const readJson = express.json({ limit: limits.bodyBytes, strict: false, type: 'application/json' })

/** A call without any body counts as an empty object, so that its missing fields are named. */
export function readBody(request: Request, response: Response, next: NextFunction): void {
  const type = request.is('application/json')
  if (type === false) next(refuse('unsupported_media_type'))
  else readJson(request, response, next)
}
