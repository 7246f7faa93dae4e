export { PlanHost as FakeHost } from "../../hosts/plan-host";
