// Every entity of the schema, in the order in which their tables can be made.
import { BuyerRecord, CredentialRecord, DataKeyRecord } from './buyer.ts'
import { ItemRecord, LicenceRecord, SupplierRecord } from './catalogue.ts'
import { DispatchBatchRecord, StopRequestRecord } from './dispatch.ts'
import {
  DeviceCommandRecord,
  DeviceEventRecord,
  IdempotencyRecord,
  InboxMailRecord,
  InstructionsCacheRecord,
  RulesRecord,
} from './doors.ts'
import { CompartmentRecord, MachineRecord, SiteRecord, VehicleRecord } from './fleet.ts'
import { FulfilmentRecord, JobRecord } from './fulfilment.ts'
import {
  AttentionRecord,
  DecisionRecord,
  EventRecord,
  NoticeRecord,
  PaymentRecord,
} from './history.ts'
import { OrderLineRecord, OrderRecord } from './order.ts'
import { OfferRecord, QuoteRecord } from './quote.ts'
import { ReservationRecord } from './reservation.ts'
import { ShipmentEventRecord, ShipmentRecord } from './shipment.ts'
import { SimulationRecord } from './simulation.ts'
import { ApiKeyRecord, StorefrontRecord } from './storefront.ts'

export const records = [
  StorefrontRecord,
  ApiKeyRecord,
  BuyerRecord,
  DataKeyRecord,
  CredentialRecord,
  SupplierRecord,
  ItemRecord,
  LicenceRecord,
  SiteRecord,
  MachineRecord,
  VehicleRecord,
  CompartmentRecord,
  ReservationRecord,
  QuoteRecord,
  OfferRecord,
  OrderRecord,
  OrderLineRecord,
  FulfilmentRecord,
  JobRecord,
  ShipmentRecord,
  ShipmentEventRecord,
  EventRecord,
  DecisionRecord,
  StopRequestRecord,
  DispatchBatchRecord,
  PaymentRecord,
  NoticeRecord,
  AttentionRecord,
  IdempotencyRecord,
  DeviceEventRecord,
  DeviceCommandRecord,
  InboxMailRecord,
  InstructionsCacheRecord,
  RulesRecord,
  SimulationRecord,
]
