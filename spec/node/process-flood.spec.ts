import { programs } from './fixtures/programs.js';

jest.setTimeout(120_000);

describe('processService', () => {
  const { start } = programs('flood');

  async function flood(lines: number): Promise<{ lines: number; length: number; peak: number }> {
    const { stdout } = await start('flood', String(lines)).ended;
    return JSON.parse(stdout) as Awaited<ReturnType<typeof flood>>;
  }

  it('gives 100 MB of lines, all of them, without holding them in memory', async () => {
    const few = await flood(1_000);
    const many = await flood(1_000_000);
    expect(many).toMatchObject({ lines: 1_000_000, length: 99_000_000 });
    expect(many.peak - few.peak).toBeLessThan(64 * 2 ** 20);
  });
});
