import type { Config } from 'jest';

const config: Config = {
  roots: ['<rootDir>/spec'],
  testMatch: ['**/*.spec.ts'],
  testEnvironment: 'node',
  reporters: ['default', '<rootDir>/spec/skipped-reporter.mjs'],
  // the page that the status server serves
  globalSetup: '<rootDir>/lib/dashboard/bundle.mjs',
  // The package is an ES module; the specs run as CommonJS, which is what ts-jest does best.
  moduleNameMapper: {
    '^rxjs-supervisor$': '<rootDir>/lib/index.ts',
    '^rxjs-supervisor/testing$': '<rootDir>/lib/testing.ts',
    '^rxjs-supervisor/node$': '<rootDir>/lib/node.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '^.+\\.ts$': ['ts-jest', { tsconfig: { module: 'commonjs', moduleResolution: 'bundler', isolatedModules: true } }],
  },
};

export default config;
