using Slipway.Packages.Solving.Native;

namespace Slipway.Packages.Solving;

/// <summary>Why a question to the solver has no answer, in words: which requirement of which package, and what came nearest.</summary>
internal sealed class ProblemTexts(PoolTexts texts, NearestPackages nearest, Func<int, int[]> providersOf)
{
    private const int MaxProvidersNamed = 4;

    /// <summary>One rule of a problem; null for what says nothing that its other rules do not say better.</summary>
    public string? Of(SolverHandle solver, int rule)
    {
        var kind = Solv.SolverRuleFacts(solver, rule, out var from, out var to, out var dependency);
        return kind switch
        {
            Solv.RuleJob => null,
            Solv.RuleJobNothingProvides => $"nothing provides {texts.Relation(dependency)}, which was asked for{nearest.To(dependency)}",
            Solv.RuleJobUnknownPackage => $"there is no package {texts.Relation(dependency)}{nearest.To(dependency)}",
            Solv.RulePackageNotInstallable => $"{texts.Package(from)} cannot be installed on this architecture",
            Solv.RulePackageNothingProvides => $"nothing provides {texts.Relation(dependency)} needed by {texts.Package(from)}{nearest.To(dependency)}",
            Solv.RulePackageRequires => $"{texts.Package(from)} requires {texts.Relation(dependency)}, but none of those that provide it can be installed ({Providers(dependency)})",
            Solv.RulePackageSelfConflict => $"{texts.Package(from)} conflicts with {texts.Relation(dependency)}, which it provides itself",
            Solv.RulePackageConflicts => $"{texts.Package(from)} conflicts with {texts.Relation(dependency)} provided by {texts.Package(to)}",
            Solv.RulePackageSameName => $"{texts.Package(from)} and {texts.Package(to)} cannot both be installed",
            Solv.RulePackageObsoletes or Solv.RulePackageInstalledObsoletes => $"{texts.Package(from)} replaces {texts.Relation(dependency)} provided by {texts.Package(to)}",
            Solv.RulePackageImplicitObsoletes => $"{texts.Package(from)} takes the place of {texts.Package(to)}",
            Solv.RuleBest when from > 0 => $"{texts.Package(from)} is installed and what is best in its place cannot be",
            Solv.RuleBest => $"the best package for {texts.Relation(dependency)} cannot be installed",
            Solv.RuleDistributionUpgrade => $"{texts.Package(from)} is installed and in none of the repositories",
            Solv.RuleUpdate or Solv.RuleFeature => $"{texts.Package(from)} is installed and would have to go",
            _ => Solv.Text(Solv.SolverProblemText(solver, kind, from, to, dependency)),
        };
    }

    private string Providers(int dependency)
    {
        var all = providersOf(dependency);
        var named = string.Join(", ", all.Take(MaxProvidersNamed).Select(texts.Package));
        return all.Length > MaxProvidersNamed ? $"{named} and {all.Length - MaxProvidersNamed} more" : named;
    }
}
