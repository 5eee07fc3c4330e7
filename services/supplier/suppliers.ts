// What the platform asks of a supplier's own server: the instructions that were licensed, byte for byte.

export interface Suppliers {
  /**
   * Fetches the file whose hash was licensed. Throws DomainError instructions_corrupt {expected, got} for another
   * file, supplier_unreachable {host, status, reason} where the server does not give any.
   */
  fetchInstructions(order: { url: string; sha256: string; maxBytes: number }): Promise<Uint8Array>
}
