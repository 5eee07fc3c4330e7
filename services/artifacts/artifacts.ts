// Where models, toolpaths and labels are kept: bytes in, their sha256 out, the same bytes back or an error.

/** Names are the lower-case hex sha256 of the plain bytes, so putting the same bytes twice is one artifact. */
export interface Artifacts {
  put(bytes: Uint8Array): Promise<ArtifactStat>
  /** The verified bytes; throws where the artifact is missing or damaged. */
  get(sha256: string): Promise<Uint8Array>
  has(sha256: string): Promise<boolean>
  stat(sha256: string): Promise<ArtifactStat | null>
}

export interface ArtifactStat {
  sha256: string
  sizeBytes: number
}
