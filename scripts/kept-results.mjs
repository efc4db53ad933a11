import { appendFileSync, writeFileSync } from 'node:fs';

/**
 * A reporter of vitest that writes each result down as it comes, one JSON line each, so that a run that is stopped loses none:
 * {started: FILE} · {file, test, status} · {ended: FILE, errors} · {done: true, errors}
 */
export function keptResults(path) {
  const write = (line) => appendFileSync(path, `${JSON.stringify(line)}\n`);
  return {
    onInit: () => writeFileSync(path, ''),
    onTestModuleStart: (module) => write({ started: module.moduleId }),
    onTestCaseResult: (test) => write({ file: test.module.moduleId, test: test.fullName, status: test.result().state }),
    onTestModuleEnd: (module) => write({ ended: module.moduleId, errors: errorsOf(module) }),
    onTestRunEnd: (_modules, errors) => write({ done: true, errors: errors.map(firstLine) }),
  };
}

/** Of the file and of its groups: what failed outside of every test. */
function errorsOf(module) {
  const groups = [...module.children.allSuites()];
  return [module, ...groups].flatMap((place) => place.errors().map(firstLine));
}

function firstLine({ message = '' }) {
  return message.split('\n', 1)[0];
}
