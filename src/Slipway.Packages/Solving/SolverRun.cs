using Slipway.Packages.Solving.Native;

namespace Slipway.Packages.Solving;

/// <summary>One question to libsolv and its answer.</summary>
/// <param name="asked">Why each job's relation is wanted, by its id.</param>
internal sealed unsafe class SolverRun(PoolHandle pool, IReadOnlyDictionary<int, string> asked) : IDisposable
{
    private const int MaxRulesPerProblem = 12;

    private readonly SolverHandle solver = new(pool);
    private int problemCount;

    public void SetRecommends(bool take) => Solv.SolverSetFlag(solver, Solv.FlagIgnoreRecommended, take ? 0 : 1);

    /// <summary>The number of problems; 0 is success.</summary>
    public int Solve(IdQueue jobs) => problemCount = Solv.SolverSolve(solver, jobs.Pointer);

    /// <summary>Why it cannot be done, each reason once.</summary>
    public IReadOnlyList<string> Problems()
    {
        var found = new List<string>();
        using var rules = new IdQueue();
        for (var problem = 1; problem <= problemCount; problem++)
        {
            Solv.SolverFindAllProblemRules(solver, problem, rules.Pointer);
            foreach (var rule in rules.ToArray().Take(MaxRulesPerProblem))
            {
                var kind = Solv.SolverRuleFacts(solver, rule, out var from, out var to, out var dependency);
                var text = Solv.Text(Solv.SolverProblemText(solver, kind, from, to, dependency));
                if (!found.Contains(text)) found.Add(text);
            }
        }
        return found;
    }

    /// <summary>Solvables to install and to remove, what is needed first.</summary>
    public int[] Steps()
    {
        using var transaction = new TransactionHandle(solver);
        Solv.TransactionOrder(transaction, 0);
        return transaction.Steps();
    }

    /// <summary>Who asked for a chosen package, in words.</summary>
    public string Reason(int solvable, Func<int, string> label)
    {
        var reason = Solv.SolverDescribeDecision(solver, solvable, out var rule);
        if (reason == Solv.ReasonWeak) return "recommended";
        if (rule <= 0) return "asked for";
        var kind = Solv.SolverRuleFacts(solver, rule, out var from, out _, out var dependency);
        if (kind == Solv.RulePackageRequires) return $"needed by {label(from)} ({Solv.Text(Solv.PoolDependencyToString(pool, dependency))})";
        if ((kind & Solv.RuleTypeMask) == Solv.RuleJob) return asked.GetValueOrDefault(dependency, "asked for");
        return "needed to fulfil several of the others at once";
    }

    public void Dispose() => solver.Dispose();
}
