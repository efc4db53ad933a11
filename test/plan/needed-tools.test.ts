import { expect, test } from 'vitest';
import { neededTools } from '../../src/plan/needed-tools.ts';
import { factsOf } from './plan-input.ts';

const facts = factsOf('debian-13-minimal', {
  missingBuildTools: ['c-compiler', 'c-headers', 'c++-compiler', 'make', 'cmake', 'pkg-config', 'openssl-headers'],
});

test('a build with Cloud needs all that is missing', () => {
  expect(neededTools({ cloud: 'detect' }, facts)).toEqual(facts.missingBuildTools);
  expect(neededTools({ cloud: 'require' }, facts)).toEqual(facts.missingBuildTools);
});

test('an agent without Cloud needs no tools for the libraries of the link', () => {
  expect(neededTools({ cloud: 'disable' }, facts)).toEqual(['c-compiler', 'c-headers', 'make']);
});

test('what is here is not needed', () => {
  expect(neededTools({ cloud: 'detect' }, factsOf('debian-13-minimal', { missingBuildTools: ['cmake'] }))).toEqual(['cmake']);
  expect(neededTools({ cloud: 'disable' }, factsOf('debian-13-minimal', { missingBuildTools: ['cmake'] }))).toEqual([]);
});
