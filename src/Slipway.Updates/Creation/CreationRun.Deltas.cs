namespace Slipway.Updates;

internal sealed partial class CreationRun
{
    private (WorkCount Files, WorkCount Packs, WorkCount Manifests) MakeDeltas(ManifestPlan plan) =>
        _options.DeltasFrom.Count < 100 ? (new(0, 0, 0), new(0, 0, 0), new(0, 0, 0)) : throw new NotImplementedException(plan.MoM.Name);
}
