import { decodeTextCursor, encodeCursor, searchForm, searchKeyword } from '@munova/contracts';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Page, Product, ProductId, Tag, TagId, UserId } from '@munova/contracts';
import { int, text, textOrNull } from '../rows.js';
import type { Row } from '../rows.js';

const SORT = 'product';

const productOf = (row: Row): Product => ({
  productId: text(row, 'id') as ProductId,
  name: text(row, 'name'),
  price: int(row, 'price'),
  imageUrl: textOrNull(row, 'image_url'),
  sellerId: text(row, 'seller') as UserId,
});

export class ProductTable {
  readonly #put: StatementSync;
  readonly #get: StatementSync;
  readonly #list: StatementSync;

  constructor(db: DatabaseSync) {
    this.#put = db.prepare(
      'INSERT OR REPLACE INTO products (id, name, name_form, price, image_url, seller) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#get = db.prepare('SELECT * FROM products WHERE id = ?');
    this.#list = db.prepare('SELECT * FROM products WHERE id > ? AND instr(name_form, ?) > 0 ORDER BY id LIMIT ?');
  }

  put(p: Product): void {
    this.#put.run(p.productId, p.name, searchForm(p.name), p.price, p.imageUrl, p.sellerId);
  }

  get(id: ProductId): Product | null {
    const row = this.#get.get(id);
    return row === undefined ? null : productOf(row);
  }

  /** @throws {ChatError} `bad-request` for a bad cursor. */
  list(keyword: string, cursor: string | null, limit: number): Page<Product> {
    const after = cursor === null ? '' : decodeTextCursor(SORT, cursor).key;
    // `instr` finds the empty text everywhere: no keyword, no condition.
    const found = this.#list.all(after, searchKeyword(keyword) ?? '', limit + 1).map(productOf);
    const items = found.slice(0, limit);
    const last = items.at(-1);
    const more = found.length > limit && last !== undefined;
    return { items, nextCursor: more ? encodeCursor(SORT, last.productId, last.productId) : null };
  }
}

export class TagTable {
  readonly #put: StatementSync;
  readonly #all: StatementSync;

  constructor(db: DatabaseSync) {
    this.#put = db.prepare('INSERT OR REPLACE INTO tags (id, code, name_ko, name_en, parent) VALUES (?, ?, ?, ?, ?)');
    this.#all = db.prepare('SELECT * FROM tags ORDER BY id');
  }

  put(t: Tag): void {
    this.#put.run(t.id, t.code, t.nameKo, t.nameEn, t.parentId);
  }

  all(): readonly Tag[] {
    return this.#all.all().map((row) => ({
      id: text(row, 'id') as TagId,
      code: text(row, 'code'),
      nameKo: text(row, 'name_ko'),
      nameEn: text(row, 'name_en'),
      parentId: textOrNull(row, 'parent') as TagId | null,
    }));
  }
}
