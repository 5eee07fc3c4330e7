// What workflows can be searched by in the UI: ids, states and dates; nothing personal.
import {
  defineSearchAttributeKey,
  SearchAttributeType,
  type TypedSearchAttributes,
} from '@temporalio/common'

export const searchKeys = {
  orderStatus: defineSearchAttributeKey('OrderStatus', SearchAttributeType.KEYWORD),
  stage: defineSearchAttributeKey('Stage', SearchAttributeType.KEYWORD),
  customerId: defineSearchAttributeKey('CustomerId', SearchAttributeType.KEYWORD),
  storefrontId: defineSearchAttributeKey('StorefrontId', SearchAttributeType.KEYWORD),
  supplierId: defineSearchAttributeKey('SupplierId', SearchAttributeType.KEYWORD),
  machineId: defineSearchAttributeKey('MachineId', SearchAttributeType.KEYWORD),
  siteId: defineSearchAttributeKey('SiteId', SearchAttributeType.KEYWORD),
  region: defineSearchAttributeKey('Region', SearchAttributeType.KEYWORD),
  needsAttention: defineSearchAttributeKey('NeedsAttention', SearchAttributeType.BOOL),
  attentionReason: defineSearchAttributeKey('AttentionReason', SearchAttributeType.KEYWORD),
  dueBy: defineSearchAttributeKey('DueBy', SearchAttributeType.DATETIME),
}

/** By what a workflow is found from its first moment on; what is not known is left out. */
export interface Searched {
  customerId?: string | undefined
  storefrontId?: string | undefined
  supplierId?: string | undefined
  machineId?: string | undefined
  siteId?: string | undefined
  region?: string | undefined
  dueByMs?: number | undefined
}

type Pairs = NonNullable<ConstructorParameters<typeof TypedSearchAttributes>[0]>

export function searchedBy({ dueByMs, ...ids }: Searched): Pairs {
  const pairs: Pairs = []
  for (const name of [
    'customerId',
    'storefrontId',
    'supplierId',
    'machineId',
    'siteId',
    'region',
  ] as const) {
    const value = ids[name]
    if (value !== undefined) pairs.push({ key: searchKeys[name], value })
  }
  if (dueByMs !== undefined) pairs.push({ key: searchKeys.dueBy, value: new Date(dueByMs) })
  return pairs
}
