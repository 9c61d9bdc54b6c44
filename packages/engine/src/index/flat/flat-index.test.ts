import { vectorIndexCases } from "../vector-index.cases.js";
import { FlatIndex } from "./flat-index.js";

vectorIndexCases({
  name: "FlatIndex",
  threads: 0,
  recallMin: 1,
  create: (core, options) => new FlatIndex(core.createVectors(options)),
});
