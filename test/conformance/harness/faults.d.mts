/** Checks a list of faults. @throws Error that names the position, what was got and what is allowed */
export declare function checkFaults(faults: unknown): unknown[];
