import { describeCrashes } from '../support/crash-tests.ts';
import { sampleSteps } from '../support/sample-steps.ts';

for (const [kind, samples] of Object.entries(sampleSteps)) describeCrashes(`nothing but ${kind}`, samples);
