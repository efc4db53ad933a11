import { describeGoneDirectories } from '../support/crash-tests.ts';
import { sampleSteps } from '../support/sample-steps.ts';

// What a package manager changes is its own, and is not to be had without it.
const { 'install-packages': _, ...others } = sampleSteps;

for (const [kind, samples] of Object.entries(others)) describeGoneDirectories(kind, samples);
