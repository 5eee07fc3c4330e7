// What an API key may be allowed to do, each with the sentence that the documentation shows.

export const scopes = {
  'quotes:create': 'Ask for offers, which holds capacity',
  'quotes:read': 'Read quotes',
  'orders:create': 'Place orders',
  'orders:read': 'Read orders',
  'orders:change': 'Cancel orders and choose another delivery',
  'events:read': 'Read events',
  'items:read': 'Read the catalogue',
  'sites:read': 'Read sites, machines and vehicles',
  'buyers:create': 'Register buyers',
  'buyers:read': 'Read buyers',
  'buyers:erase': 'Erase buyers',
  'ledger:read': 'Read the postings of orders',
  'rules:read': 'Read the dispatch rules of regions (planners and operators)',
  'rules:change': 'Change the dispatch rules of regions (planners and operators)',
  'simulations:create': 'Run and cancel simulations (planners)',
  'simulations:read': 'Read simulations, their results and reports (planners)',
} as const

export type Scope = keyof typeof scopes
