import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import {
  noProcessEnv,
  restrictedFolders,
  restrictedGlobals,
  restrictedImports,
  restrictedProperties,
  restrictedSyntax,
} from './scripts/lib/restricted.mjs';

const packageSource = 'packages/*/src/**/*.ts';
const tests = ['packages/*/test/**/*.ts', 'loadtest/test/**/*.ts', 'scripts/**/*.ts', 'vitest.config.ts'];
const plainScripts = ['**/*.{js,mjs,cjs}'];

const counted = { skipBlankLines: true, skipComments: true };

export default defineConfig(
  globalIgnores(['**/dist/', '**/node_modules/', 'coverage/', '.cache/', 'data/', 'scripts/canary/', 'docs/']),
  {
    // What a rule forbids stays forbidden: no comment in a file switches it off.
    linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'off' },
    rules: {
      eqeqeq: 'error',
      'no-empty': ['error', { allowEmptyCatch: false }],
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
    },
  },
  {
    name: 'munova/typescript',
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/ban-ts-comment': [
        'error',
        { 'ts-ignore': true, 'ts-expect-error': 'allow-with-description' },
      ],
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'as' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': ['error', { checkThenables: true }],
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/return-await': ['error', 'in-try-catch'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      'max-lines': ['error', { max: 300, ...counted }],
      'max-lines-per-function': ['error', { max: 70, ...counted }],
    },
  },
  {
    name: 'munova/packages',
    files: [packageSource],
    rules: { 'no-console': 'error', 'no-restricted-properties': ['error', ...noProcessEnv] },
  },
  {
    // The one place that reads the environment: parsed and validated once, handed on as a value.
    name: 'munova/config',
    files: ['packages/{munova,servers}/src/config*.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    name: 'munova/restricted-folders',
    files: restrictedFolders,
    rules: {
      'no-restricted-globals': ['error', restrictedGlobals],
      'no-restricted-imports': ['error', restrictedImports],
      'no-restricted-properties': ['error', ...noProcessEnv, ...restrictedProperties],
      'no-restricted-syntax': ['error', ...restrictedSyntax],
    },
  },
  {
    name: 'munova/tests',
    files: tests,
    languageOptions: {
      parserOptions: { projectService: false, project: './tsconfig.test.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // A test's `describe` is one long function, and its doubles are as asynchronous as what they stand for.
      'max-lines': ['error', { max: 400, ...counted }],
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    // Run by k6 from source: types are checked with the tests, sizes as everywhere.
    name: 'munova/k6',
    files: ['loadtest/k6/**/*.ts'],
    languageOptions: {
      parserOptions: { projectService: false, project: './tsconfig.test.json', tsconfigRootDir: import.meta.dirname },
    },
  },
  {
    name: 'munova/contract-suites',
    files: ['packages/contracts/src/testing/**/*.ts'],
    rules: { 'max-lines-per-function': 'off' },
  },
  {
    name: 'munova/scripts',
    files: plainScripts,
    languageOptions: { ecmaVersion: 'latest', sourceType: 'module' },
    rules: {
      'max-lines': ['error', { max: 300, ...counted }],
      'max-lines-per-function': ['error', { max: 70, ...counted }],
      'no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
);
