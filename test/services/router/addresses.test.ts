// Addresses as people write them.
import { expect, test } from '@jest/globals'
import { addressBook } from '../../../services/router/addresses.ts'

const house = (number: string, street: string, lon = 0) => ({
  number,
  street,
  place: { lon, lat: 0 },
})
const book = addressBook({
  addresses: [
    ...['738', '740', '742', '744', '746', '748'].map((number) =>
      house(number, 'Evergreen Terrace'),
    ),
    house('6', 'Quai Antoine 1er'),
    house('12a', 'St. James Street'),
    house('3', 'Boulevard Princesse Charlotte'),
    house('1', 'Oak Lane'),
    house('1', 'Oak Road'),
  ],
})

test.each([
  ['742 Evergreen Terrace', '742 Evergreen Terrace'],
  ['742 evergreen terr.', '742 Evergreen Terrace'],
  ['  742   EVERGREEN  TER ', '742 Evergreen Terrace'],
  ['742, Evergreen Terrace', '742 Evergreen Terrace'],
  ['744 Evergreen Terrace, Springfield', '744 Evergreen Terrace'],
  ['Evergreen Terrace 746', '746 Evergreen Terrace'],
  ['12A St James St', '12a St. James Street'],
  ['6 quai antoine 1er', '6 Quai Antoine 1er'],
  ['3 Bôulevard princesse-charlotte', '3 Boulevard Princesse Charlotte'],
])('"%s" is %s', (text, label) => {
  expect(book.findAddress(text)?.label).toBe(label)
})

test.each([
  '',
  '   ',
  '742',
  'Evergreen Terrace',
  '743 Evergreen Terrace',
  '742 Elm Street',
  '1 Oak',
])('"%s" is no address', (text) => {
  expect(book.findAddress(text)).toBeNull()
})

test('a house that is not there brings its neighbours to mind', () => {
  expect(book.suggest('743 Evergreen Terrace')).toEqual(
    ['742', '744', '740', '746', '738'].map((number) => `${number} Evergreen Terrace`),
  )
})

test('a street that is misspelt brings to mind the street, or all that are near', () => {
  expect(book.suggest('742 Evergren Terace')[0]).toBe('742 Evergreen Terrace')
  expect(book.suggest('1 Oak Lad')).toEqual(['1 Oak Lane', '1 Oak Road'])
  expect(book.suggest('1 Nothing Like Any Street Here')).toEqual([])
})
