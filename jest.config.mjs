// Jest runs TypeScript by stripping its types; shared servers start when a file first asks for them.
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // They take minutes: `npm run test:faults` runs them.
  testPathIgnorePatterns: ['<rootDir>/test/faults/'],
  transform: { '\\.ts$': '<rootDir>/test/support/strip.mjs' },
  extensionsToTreatAsEsm: ['.ts'],
  modulePathIgnorePatterns: ['<rootDir>/.tools', '<rootDir>/.fabroute'],
  globalSetup: '<rootDir>/test/support/globalSetup.ts',
  globalTeardown: '<rootDir>/test/support/globalTeardown.ts',
  maxWorkers: 2,
  // Of a test that hangs: what is waited for in tests has a deadline of its own, and load is no reason to fail.
  testTimeout: 300_000,
}
