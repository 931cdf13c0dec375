import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { StoreStartError } from '../src/index.js';
import { MIGRATIONS, SCHEMA_VERSION, migrate } from '../src/sqlite/migrate.js';
import type { Migration } from '../src/sqlite/migrations/migration.js';
import { useBench } from './support/store-place.js';

const refusalOf = async (opening: Promise<unknown>): Promise<StoreStartError> => {
  const error: unknown = await opening.then(
    () => 'it opened',
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(StoreStartError);
  return error as StoreStartError;
};

const versionsIn = (db: DatabaseSync): readonly unknown[] =>
  db
    .prepare('SELECT version FROM schema_versions ORDER BY version')
    .all()
    .map((row) => row['version']);

describe('opening', { timeout: 20_000 }, () => {
  const bench = useBench();
  const database = (): DatabaseSync => new DatabaseSync(join(bench.folder, 'munova.db'));

  it('[S40] the database says WAL and synchronous FULL once it is open', async () => {
    const { settings } = await bench.open();
    expect(settings).toEqual({ journalMode: 'wal', synchronous: 2, schema: SCHEMA_VERSION });
  });

  it('[S41] a new store has a row for each migration, and opening again adds none', async () => {
    await (await bench.open()).close();
    await (await bench.open()).close();
    const db = database();
    expect(versionsIn(db)).toEqual(MIGRATIONS.map((m) => m.version));
    db.close();
  });

  it('[S42] a newer schema is refused by its version, and nothing of it is changed', async () => {
    await (await bench.open()).close();
    const newer = database();
    newer.exec(`INSERT INTO schema_versions VALUES (99, 'from-the-future', 0); CREATE TABLE novelty (x TEXT);`);
    newer.close();
    const refusal = await refusalOf(bench.open());
    expect(refusal.code).toBe('schema-newer');
    expect(refusal.message).toContain(bench.folder);
    expect(refusal.message).toContain('schema version 99');
    expect(refusal.message).toContain(`up to ${String(SCHEMA_VERSION)}.`);
    const db = database();
    expect(versionsIn(db)).toEqual([...MIGRATIONS.map((m) => m.version), 99]);
    db.close();
  });

  it('[S44] a missing folder is made for its owner alone, and so are the files in it', async () => {
    const folder = join(bench.folder, 'deep', 'data');
    await bench.open({ folder });
    const modeOf = (path: string): number => statSync(path).mode & 0o777;
    expect(modeOf(folder)).toBe(0o700);
    for (const file of ['munova.db', 'munova.db-wal', 'munova.lock']) expect(modeOf(join(folder, file))).toBe(0o600);
  });

  it('[S44] a folder that cannot be made is refused by its name', async () => {
    const file = join(bench.folder, 'file');
    writeFileSync(file, '');
    const refusal = await refusalOf(bench.open({ folder: join(file, 'data') }));
    expect(refusal.code).toBe('folder-unusable');
    expect(refusal.message).toContain(join(file, 'data'));
  });

  it('[S44] a database that cannot be opened as a file is refused', async () => {
    mkdirSync(join(bench.folder, 'munova.db'));
    expect((await refusalOf(bench.open())).code).toBe('folder-unusable');
  });

  it.each([
    ['no database at all', 'these are not the bytes you are looking for\n'.repeat(100)],
    ['half a header', 'SQLite format 3'],
  ])('[S44] a file that is %s is refused as damaged, and left as it is', async (_what, bytes) => {
    const path = join(bench.folder, 'munova.db');
    writeFileSync(path, bytes);
    expect((await refusalOf(bench.open())).code).toBe('damaged');
    expect(statSync(path).size).toBe(bytes.length);
  });

  it('[S44] the SQLite database of another program is refused as damaged', async () => {
    const other = database();
    other.exec('CREATE TABLE recipes (name TEXT)');
    other.close();
    expect((await refusalOf(bench.open())).code).toBe('damaged');
  });

  it('[S44] after a refusal the folder is free', async () => {
    await (await bench.open()).close();
    const newer = database();
    newer.exec(`INSERT INTO schema_versions VALUES (99, 'from-the-future', 0)`);
    await refusalOf(bench.open());
    newer.exec('DELETE FROM schema_versions WHERE version = 99');
    newer.close();
    expect(await (await bench.open()).healthy()).toBe(true);
  });

  it('[S53] the first migration brings the tag tree: four wearers with the same eight kinds each', async () => {
    const tags = await (await bench.open()).tags.all();
    const parents = tags.filter((tag) => tag.parentId === null);
    expect(parents.map((tag) => [tag.id, tag.code, tag.nameKo, tag.nameEn])).toEqual([
      ['1', 'M', '남성', 'Men'],
      ['2', 'W', '여성', 'Women'],
      ['3', 'K', '아동', 'Kids'],
      ['4', 'U', '남여공용', 'Unisex'],
    ]);
    for (const parent of parents) {
      const kinds = tags.filter((tag) => tag.parentId === parent.id);
      expect(kinds).toHaveLength(8);
      expect(kinds.every((tag) => tag.code.startsWith(`${parent.code}_`))).toBe(true);
      expect(kinds.map((tag) => tag.nameKo)).toContain('첼시부츠');
    }
    expect(tags.find((tag) => tag.code === 'M_SNEAKERS')).toMatchObject({ nameKo: '스니커즈', nameEn: 'Sneakers' });
    expect(new Set(tags.map((tag) => tag.code)).size).toBe(tags.length);
  });
});

describe('[S41] migrating', () => {
  const creating = (version: number, table: string): Migration => ({
    version,
    name: table,
    apply: (db) => db.exec(`CREATE TABLE ${table} (x TEXT)`),
  });
  const tablesIn = (db: DatabaseSync): readonly unknown[] =>
    db
      .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
      .all()
      .map((row) => row['name']);

  it('goes on from where an older version stopped', () => {
    const db = new DatabaseSync(':memory:');
    expect(migrate(db, 'memory', [creating(1, 'a')], () => 1)).toBe(1);
    expect(migrate(db, 'memory', [creating(1, 'a'), creating(2, 'b'), creating(3, 'c')], () => 2)).toBe(3);
    expect(versionsIn(db)).toEqual([1, 2, 3]);
    expect(tablesIn(db)).toEqual(['a', 'b', 'c', 'schema_versions']);
    db.close();
  });

  it('that fails leaves the version before it, and nothing of its own', () => {
    const db = new DatabaseSync(':memory:');
    const failing: Migration = {
      version: 2,
      name: 'failing',
      apply: (it) => {
        it.exec('CREATE TABLE b (x TEXT)');
        it.exec('CREATE TABLE a (x TEXT)');
      },
    };
    expect(() => migrate(db, 'memory', [creating(1, 'a'), failing], () => 1)).toThrow('table a already exists');
    expect(versionsIn(db)).toEqual([1]);
    expect(tablesIn(db)).toEqual(['a', 'schema_versions']);
    db.close();
  });
});
