import { describeCrashes } from '../support/crash-tests.ts';
import { sampleSteps } from '../support/sample-steps.ts';

// Building a library has by far the most writes: crash-of-a-build.test.ts, so that another processor works on it.
const { 'build-dependency': _, ...others } = sampleSteps;

for (const [kind, samples] of Object.entries(others)) describeCrashes(`nothing but ${kind}`, samples);
