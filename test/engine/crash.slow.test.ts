import { describeCrashes } from '../support/crash-tests.ts';
import { sampleSteps } from '../support/sample-steps.ts';

describeCrashes('steps of every kind', Object.values(sampleSteps).flat());
