// Where the code that opens a compartment is kept until its buyer has used it.
export const accessCodeCell = (fulfilmentId: string) => ({
  table: 'fulfilment',
  column: 'access_code',
  rowId: fulfilmentId,
})
