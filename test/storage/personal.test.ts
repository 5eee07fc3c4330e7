// Personal data is ciphertext in the tables, bound to its place, and gone when the buyer is erased.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { BuyerRecord } from '../../storage/records/buyer.ts'
import { openStorage } from '../../storage/storage.ts'
import { dataKey, orderWorld, storageForTest, type TestStorage, type World } from './fixture.ts'

let db: TestStorage
beforeAll(async () => {
  db = await storageForTest()
})
afterAll(async () => await db.close())

const marge = { name: 'Marge Simpson', email: 'marge@example.com', phone: '+1 555 0113' }
const cellOf = ({ buyerId }: World) => ({ table: 'buyer', column: 'personal', rowId: buyerId })

async function knownBuyer(): Promise<World> {
  const world = await orderWorld(db.storage)
  const { personal } = db.storage
  await db.storage.transaction(async (tx) => {
    const buyer = await tx.em.findOneOrFail(BuyerRecord, { id: world.buyerId })
    buyer.personal = await personal.encrypt(tx, cellOf(world), world, marge)
    buyer.emailIndex = personal.blindIndex(world.storefrontId, marge.email)
  })
  return world
}

async function ciphertextOf({ buyerId }: World): Promise<Buffer> {
  const [row] = await db.storage.sql<{ personal: Buffer | null }>(
    'select personal from buyer where id = $1',
    [buyerId],
  )
  if (!row?.personal) throw new Error('nothing is kept of this buyer')
  return row.personal
}

test('what was encrypted is read back, by any process that has the key', async () => {
  const world = await knownBuyer()
  const ciphertext = await ciphertextOf(world)
  const other = await openStorage({ url: db.url, dataKey })
  const read = await other.personal.decrypt(other, cellOf(world), ciphertext)
  await other.close()
  expect(read).toEqual({ value: marge, reason: null })
})

test.each([
  ['row', { rowId: 'buy_other' }],
  ['column', { column: 'destination' }],
  ['table', { table: 'orders' }],
])('in another %s the same bytes do not decrypt', async (_, moved) => {
  const world = await knownBuyer()
  const ciphertext = await ciphertextOf(world)
  const read = db.storage.personal.decrypt(db.storage, { ...cellOf(world), ...moved }, ciphertext)
  await expect(read).rejects.toThrow()
})

test('bytes that were changed, and a master key that is another, do not decrypt', async () => {
  const world = await knownBuyer()
  const ciphertext = await ciphertextOf(world)
  const flipped = Buffer.from(ciphertext)
  flipped.writeUInt8(flipped.readUInt8(flipped.length - 1) ^ 1, flipped.length - 1)
  await expect(db.storage.personal.decrypt(db.storage, cellOf(world), flipped)).rejects.toThrow()
  const stranger = await openStorage({ url: db.url, dataKey: '00'.repeat(32) })
  await expect(stranger.personal.decrypt(stranger, cellOf(world), ciphertext)).rejects.toThrow()
  await stranger.close()
})

test('a dump of the tables has neither name, address nor number in it', async () => {
  const world = await knownBuyer()
  const dump = await db.storage.sql<{ text: string }>(
    `select coalesce(encode(b.personal, 'escape'), '') || b::text || k::text || encode(k.wrapped, 'escape') as text
     from buyer b join data_key k on k.buyer_id = b.id where b.id = $1`,
    [world.buyerId],
  )
  expect(dump).toHaveLength(1)
  const text = dump[0]?.text ?? ''
  expect(text).toContain(world.buyerId)
  for (const secret of ['Marge', 'Simpson', 'marge@', 'example.com', '0113', dataKey]) {
    expect(text).not.toContain(secret)
  }
})

test('a buyer is found by e-mail address within the storefront, whatever its capitals', async () => {
  const world = await knownBuyer()
  const { personal } = db.storage
  const index = personal.blindIndex(world.storefrontId, ' Marge@Example.COM ')
  const found = await db.storage.sql(
    'select id from buyer where storefront_id = $1 and email_index = $2',
    [world.storefrontId, index],
  )
  expect(found).toEqual([{ id: world.buyerId }])
  expect(personal.blindIndex('sto_other', marge.email)).not.toEqual(index)
})

test('an erased buyer cannot be read from the row, nor from a backup of it, nor be written again', async () => {
  const world = await knownBuyer()
  const backup = await ciphertextOf(world)
  const { personal } = db.storage
  await db.storage.transaction(async (tx) => personal.eraseBuyer(tx, world.buyerId))
  expect(await personal.decrypt(db.storage, cellOf(world), backup)).toEqual({
    value: null,
    reason: 'erased',
  })
  const [row] = await db.storage.sql(
    'select personal, email_index, erased_at from buyer where id = $1',
    [world.buyerId],
  )
  expect(row).toMatchObject({ personal: null, email_index: null, erased_at: expect.any(Date) })
  const again = personal.encrypt(db.storage, cellOf(world), world, marge)
  await expect(again).rejects.toMatchObject({ code: 'buyer_unknown' })
})

test('erasing one buyer leaves the others and the storefront readable', async () => {
  const [gone, stays] = [await knownBuyer(), await knownBuyer()]
  const { personal } = db.storage
  const cell = { table: 'orders', column: 'destination', rowId: 'ord_x' }
  const place = { label: '742 Evergreen Terrace', lon: 1, lat: 2 }
  const storefront = { storefrontId: gone.storefrontId }
  const ofStorefront = await personal.encrypt(db.storage, cell, storefront, place)
  await personal.eraseBuyer(db.storage, gone.buyerId)
  const read = await personal.decrypt(db.storage, cellOf(stays), await ciphertextOf(stays))
  expect(read.value).toEqual(marge)
  expect((await personal.decrypt(db.storage, cell, ofStorefront)).value).toEqual(place)
})

test('many that need a first key at once share one', async () => {
  const world = await orderWorld(db.storage)
  const { personal } = db.storage
  const texts = await Promise.all(
    Array.from({ length: 12 }, async (_, i) =>
      db.api.asTenant(world.storefrontId, async (tx) =>
        personal.encrypt(tx, cellOf(world), world, { i }),
      ),
    ),
  )
  const read = await Promise.all(
    texts.map(async (text) => personal.decrypt(db.storage, cellOf(world), text)),
  )
  expect(read.map(({ value }) => value)).toEqual(texts.map((_, i) => ({ i })))
})

test('without a key nothing personal is written or read', async () => {
  const world = await orderWorld(db.storage)
  const keyless = await openStorage({ url: db.url })
  const write = keyless.personal.encrypt(keyless, cellOf(world), world, marge)
  await expect(write).rejects.toThrow(/DATA_KEY/)
  await keyless.close()
})
