// The documentation: the OpenAPI document, and Swagger UI from our own files that shows it.
import express, { Router } from 'express'
import { getAbsoluteFSPath } from 'swagger-ui-dist'
import { openApi } from '../openapi.ts'
import type { Route } from '../route.ts'

export function docsPages(routes: readonly Route[]): Router {
  const document = JSON.stringify(openApi(routes))
  const router = Router()
  router.get('/', (_request, response) => response.redirect('/docs'))
  router.get('/openapi.json', (_request, response) => {
    response.type('json').send(document)
  })
  router.get('/docs', (_request, response) => {
    response.type('html').send(page)
  })
  router.get('/docs/start.js', (_request, response) => {
    response.type('text/javascript').send(start)
  })
  router.use('/docs', express.static(getAbsoluteFSPath(), { index: false, maxAge: '1h' }))
  return router
}

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Fabroute API</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`

const start = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  persistAuthorization: true,
  defaultModelsExpandDepth: 0,
  requestInterceptor: (request) => {
    if (request.method === 'POST' && !request.headers['Idempotency-Key']) {
      request.headers['Idempotency-Key'] = crypto.randomUUID()
    }
    return request
  },
})
`
