import { describeCrashes } from '../support/crash-tests.ts';
import { sampleSteps } from '../support/sample-steps.ts';

describeCrashes('nothing but build-dependency', sampleSteps['build-dependency']);
