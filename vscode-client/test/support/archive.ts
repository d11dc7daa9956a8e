import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { buffer } from "node:stream/consumers";

import { fromBuffer, type Entry, type ZipFile } from "yauzl";

/** The files of an archive, in its order. */
export async function readArchive(file: string): Promise<Map<string, Buffer>> {
  const archive = await new Promise<ZipFile>((resolve, reject) => {
    fromBuffer(readFileSync(file), { lazyEntries: true }, (error, opened) => {
      if (error === null) resolve(opened);
      else reject(error);
    });
  });
  const contents = new Map<string, Buffer>();
  await new Promise<void>((resolve, reject) => {
    archive.on("entry", (entry: Entry) => {
      archive.openReadStream(entry, (error, stream) => {
        if (error !== null) {
          reject(error);
          return;
        }
        void buffer(stream).then((content) => {
          contents.set(entry.fileName, content);
          archive.readEntry();
        }, reject);
      });
    });
    archive.on("end", resolve);
    archive.on("error", reject);
    archive.readEntry();
  });
  return contents;
}

/** Write the files below a prefix of their names into a folder. */
export function unpack(contents: ReadonlyMap<string, Buffer>, prefix: string, folder: string): void {
  for (const [name, content] of contents) {
    if (name.startsWith(prefix)) {
      const file = path.join(folder, name.slice(prefix.length));
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
  }
}
