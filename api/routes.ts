// Every route of the API, in the order of the documentation.
import { createBuyer, eraseBuyer, getBuyer } from './buyers.ts'
import { listOrderDecisions } from './decisions.ts'
import {
  changeDispatchRules,
  getDispatchRules,
  getDispatchRulesVersion,
  listDispatchRules,
  restoreDispatchRules,
} from './dispatchRules.ts'
import { listEvents, listOrderEvents } from './events.ts'
import { getItem, listItems } from './items.ts'
import { listLedgerTransactions } from './ledgerTransactions.ts'
import { getMachine, listMachines } from './machines.ts'
import { cancelOrder, chooseDelivery, createOrder, getOrder, listOrders } from './orders.ts'
import { createQuote, getQuote } from './quotes.ts'
import {
  cancelSimulation,
  createSimulation,
  getSimulation,
  listSimulations,
} from './simulations.ts'
import { getSite, listSites } from './sites.ts'
import { getLabel } from './shipments.ts'
import { enterCode, provokeMachine, provokeVehicle } from './testing.ts'
import { getVehicle, listVehicles } from './vehicles.ts'

export const routes = [
  listItems,
  getItem,
  createQuote,
  getQuote,
  createOrder,
  listOrders,
  getOrder,
  cancelOrder,
  chooseDelivery,
  getLabel,
  listOrderEvents,
  listOrderDecisions,
  listEvents,
  createBuyer,
  getBuyer,
  eraseBuyer,
  listLedgerTransactions,
  listSites,
  getSite,
  listMachines,
  getMachine,
  listVehicles,
  getVehicle,
  getDispatchRules,
  changeDispatchRules,
  restoreDispatchRules,
  listDispatchRules,
  getDispatchRulesVersion,
  createSimulation,
  listSimulations,
  getSimulation,
  cancelSimulation,
  enterCode,
  provokeMachine,
  provokeVehicle,
]
