// The demo's inbox: what the embedded mail server received, newest first; switched off where mail is real.
import { Router } from 'express'
import type { ApiDeps } from '../deps.ts'

interface Mail {
  sender: string
  recipient: string
  subject: string
  text: string
  receivedAt: Date
}

export function inboxPages({ inbox }: Pick<ApiDeps, 'inbox'>): Router {
  const router = Router()
  router.get('/inbox', async (_request, response) => {
    const mails = await inbox.newest(100)
    response.set('Cache-Control', 'no-store').type('html').send(page(mails))
  })
  return router
}

export interface Inbox {
  newest(count: number): Promise<Mail[]>
}

function page(mails: readonly Mail[]): string {
  const body = mails.length > 0 ? mails.map(article).join('\n') : empty
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Inbox (${mails.length})</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<style>${style}</style>
</head>
<body>
<header><h1>Inbox</h1><p>What buyers were told, newest first.</p></header>
<main>
${body}
</main>
</body>
</html>
`
}

const empty = `<p class="empty">No mail yet. Place an order, and what its buyer is told appears here.</p>`

function article({ sender, recipient, subject, text, receivedAt }: Mail): string {
  const at = receivedAt.toISOString()
  return `<article>
<h2>${escaped(subject)}</h2>
<p class="meta">to ${escaped(recipient)} · from ${escaped(sender)} · <time datetime="${at}">${at.slice(0, 19).replace('T', ' ')} UTC</time></p>
<pre>${escaped(text)}</pre>
</article>`
}

function escaped(text: string): string {
  const names: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replaceAll(/[&<>"']/g, (sign) => names[sign] ?? sign)
}

const style = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentcolor 18%, transparent); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 0 auto; padding: 2rem 1rem; }
h1 { margin: 0; font-size: 1.5rem; }
header p, .meta, .empty { opacity: .7; margin: 0; }
article { border: 1px solid var(--line); border-radius: .5rem; padding: 1rem 1.25rem; margin-top: 1rem; }
h2 { font-size: 1.05rem; margin: 0; overflow-wrap: anywhere; }
.meta { font-size: .85rem; overflow-wrap: anywhere; }
pre { font: inherit; white-space: pre-wrap; overflow-wrap: anywhere; margin: .75rem 0 0; }
.empty { border: 1px dashed var(--line); border-radius: .5rem; padding: 2rem; margin-top: 1rem; text-align: center; }
`
