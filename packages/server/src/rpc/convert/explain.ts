import type { MessageInitShape } from "@bufbuild/protobuf";
import type { QueryExplain, QueryPlan } from "@vecstore/engine";
import type { QueryExplainSchema, QueryPlanSchema } from "../../gen/vecstore/v1/query_pb.js";
import { STRATEGIES } from "./strategies.js";

/** Why a plan was chosen, and where the time went. */
export function explainToWire(explain: QueryExplain): MessageInitShape<typeof QueryExplainSchema> {
  const { plan, rejectedPlans, stages } = explain;
  return { plan: planToWire(plan), rejectedPlans: rejectedPlans.map(planToWire), stages: [...stages] };
}

function planToWire(plan: QueryPlan): MessageInitShape<typeof QueryPlanSchema> {
  const { strategy, reason, efSearch, distances, selectivity } = plan;
  return {
    strategy: STRATEGIES[strategy],
    reason,
    efSearch,
    estimatedDistanceComputations: distances.expected,
    minDistanceComputations: distances.min,
    maxDistanceComputations: distances.max,
    selectivity,
  };
}
