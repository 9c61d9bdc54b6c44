// A process that writes until it is killed: node loader.mjs <directory> <first call of each writer, by commas>.
// Prints `open`, then `<writer> <number>` for each call that was answered.
import { VecStore } from "@vecstore/engine";
import { callOf, DIMENSION, run } from "./script.mjs";

const [directory, firsts] = process.argv.slice(2);
const store = await VecStore.open(directory, {
  dimension: DIMENSION,
  checkpointLogBytes: 48 * 1024,
  graphRecordsMin: 300,
});
process.stdout.write("open\n");

async function write(writer, first) {
  for (let number = first; ; number++) {
    await run(store, callOf(writer, number));
    process.stdout.write(`${writer} ${number}\n`);
  }
}

await Promise.all(firsts.split(",").map((first, writer) => write(writer, Number(first))));
