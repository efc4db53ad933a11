import { expect, it, onTestFinished, vi } from 'vitest';
import { loadSqlite } from '../../../../src/standin/cloud/store/sqlite.ts';

it('says nothing of how mature it is, and leaves every other warning alone', () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const load = vi.spyOn(process, 'getBuiltinModule').mockImplementation(() => {
    process.emitWarning('SQLite is an experimental feature');
    return {};
  });
  onTestFinished(() => [warn, load].forEach((spy) => void spy.mockRestore()));
  loadSqlite();
  expect(warn).not.toHaveBeenCalled();
  process.emitWarning('Something else.');
  expect(warn).toHaveBeenCalledWith('Something else.');
});
