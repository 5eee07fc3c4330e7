// What the Temporal UI says of an order from its first moment: items, methods, promise; nothing personal.
import type { OrderRow } from './orderView.ts'
import type { OrderStory } from '../workflows/messages.ts'

const shownTitles = 3

export function storyOf({ id, lines, fulfilments, due_by: dueBy, ...row }: OrderRow): OrderStory {
  const titles = lines.slice(0, shownTitles).map(({ title }) => title.slice(0, 60))
  const more = lines.length > shownTitles ? ` and ${lines.length - shownTitles} more` : ''
  const details = lines.map(({ quantity, title, item_id: itemId, fulfilment_id: fulfilmentId }) => {
    const fulfilment = fulfilments.find((one) => one.id === fulfilmentId)
    const by = fulfilment ? inUtc(new Date(fulfilment.promise.p95AtMs)) : 'unknown'
    return `- ${quantity} × ${title} (\`${itemId}\`) by ${fulfilment?.method ?? 'unknown'}, promised by ${by}`
  })
  return {
    orderId: id,
    summary: `Order ${id}: ${titles.join(', ')}${more}`,
    details: [...details.slice(0, 20), '', `Due by ${dueBy ? inUtc(dueBy) : 'no time'}`].join('\n'),
    searched: {
      storefrontId: row.storefront_id,
      customerId: row.buyer_id,
      dueByMs: dueBy?.getTime(),
    },
  }
}

const inUtc = (at: Date) => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
