import eslint from '@eslint/js';
import rxjsX from 'eslint-plugin-rxjs-x';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', 'bench/node_modules/', '**/*.generated.ts']),
  {
    files: ['lib/**/*.ts', 'spec/**/*.ts', 'examples/**/*.ts', 'jest.config.ts'],
    extends: [eslint.configs.recommended, tseslint.configs.strictTypeChecked, rxjsX.configs.strict],
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-invalid-void-type': ['error', { allowAsThisParameter: true }],
    },
  },
  {
    // what is subscribed to there either cannot fail, or is to fail the process or the spec
    files: ['spec/**/*.ts', 'examples/**/*.ts'],
    rules: { 'rxjs-x/no-ignored-error': 'off' },
  },
  {
    files: ['bench/**/*.mjs', 'lib/**/*.mjs', 'spec/**/*.mjs', 'examples/**/*.mjs', 'eslint.config.mjs'],
    extends: [eslint.configs.recommended],
    languageOptions: { globals: { console: 'readonly', process: 'readonly', setTimeout: 'readonly', URL: 'readonly' } },
  },
);
