import { expect, test } from 'vitest';
import { buildLanguage, bytesPerJob, jobSlots, lackingMemory } from '../../src/plan/build-parallelism.ts';

const mebibytes = 1024 ** 2;

test.each([
  ['two cores run two jobs', 2, 4096, 'c', 2],
  ['eight cores run eight', 8, 16_384, 'c++', 8],
  ['little memory is worth less than many cores', 8, 600, 'c', 2],
  ['a job in C++ needs twice as much', 8, 1100, 'c++', 2],
  ['memory for less than one job is one job', 4, 100, 'c', 1],
  ['memory that is not known is one job', 4, 0, 'c++', 1],
] as const)('%s', (_sentence, cores, memory, language, expected) => {
  expect(jobSlots({ cores, memoryBytes: memory * mebibytes }, bytesPerJob[language])).toBe(expected);
});

test.each([
  ['255 MiB are too little for C', 255, 'c', { neededBytes: 268_435_456, memoryBytes: 267_386_880 }],
  ['256 MiB are enough for C', 256, 'c', undefined],
  ['and too little for C++', 256, 'c++', { neededBytes: 536_870_912, memoryBytes: 268_435_456 }],
  ['nobody is refused for memory that is not known', 0, 'c++', undefined],
] as const)('%s', (_sentence, memory, language, expected) => {
  expect(lackingMemory({ memoryBytes: memory * mebibytes }, bytesPerJob[language])).toEqual(expected);
});

test.each([
  ['1.31.0', 'c'],
  ['1.32.0-12-nightly', 'c++'],
  ['1.44.3', 'c++'],
  ['2.9.0', 'c++'],
])('agent %s is written in %s', (version, language) => {
  expect(buildLanguage(version)).toBe(language);
});
