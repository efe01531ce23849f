using Slipway.Packages.Solving.Native;

namespace Slipway.Packages.Solving;

/// <summary>One question to libsolv and its answer.</summary>
/// <param name="asked">Why each job's relation is wanted, by its id.</param>
internal sealed unsafe class SolverRun(PoolHandle pool, IReadOnlyDictionary<int, string> asked) : IDisposable
{
    private const int MaxRulesPerProblem = 12;

    private readonly SolverHandle solver = new(pool);
    private TransactionHandle? transaction;
    private int problemCount;

    public void Set(int flag, bool on) => _ = Solv.SolverSetFlag(solver, flag, on ? 1 : 0);

    /// <summary>The number of problems; 0 is success.</summary>
    public int Solve(IdQueue jobs) => problemCount = Solv.SolverSolve(solver, jobs.Pointer);

    /// <summary>Why it cannot be done, each reason once.</summary>
    public IReadOnlyList<string> Problems(ProblemTexts words)
    {
        var found = new List<string>();
        using var rules = new IdQueue();
        for (var problem = 1; problem <= problemCount; problem++)
        {
            Solv.SolverFindAllProblemRules(solver, problem, rules.Pointer);
            foreach (var rule in rules.ToArray().Take(MaxRulesPerProblem))
                if (words.Of(solver, rule) is { } text && !found.Contains(text)) found.Add(text);
        }
        if (found.Count == 0) found.Add("what was asked for excludes itself");
        return found;
    }

    /// <summary>Solvables to install and to remove; ordered, what is needed first.</summary>
    public int[] Steps(bool ordered)
    {
        transaction = new TransactionHandle(solver);
        if (ordered) Solv.TransactionOrder(transaction, 0);
        return transaction.Steps();
    }

    /// <summary>Of an installed solvable among the steps: it goes away, with what takes its place or 0; null where another version of it comes.</summary>
    public int? Removal(int solvable) => Solv.TransactionType(transaction!, solvable, Solv.ShowObsoletes) switch
    {
        Solv.StepErase => 0,
        Solv.StepObsoleted => Solv.TransactionReplacement(transaction!, solvable),
        _ => null,
    };

    /// <summary>Every solvable that is there in the end.</summary>
    public int[] Chosen()
    {
        using var decisions = new IdQueue();
        Solv.SolverDecisions(solver, decisions.Pointer);
        return [.. decisions.ToArray().Where(id => id > 0)];
    }

    /// <summary>Who asked for a chosen package, in words.</summary>
    /// <param name="texts">How packages and relations are written.</param>
    public string Reason(int solvable, PoolTexts texts)
    {
        var reason = Solv.SolverDescribeDecision(solver, solvable, out var rule);
        if (reason == Solv.ReasonWeak) return "recommended";
        if (rule <= 0) return "asked for";
        var kind = Solv.SolverRuleFacts(solver, rule, out var from, out _, out var dependency);
        if (kind == Solv.RulePackageRequires) return $"needed by {texts.Package(from)} ({texts.Relation(dependency)})";
        if ((kind & Solv.RuleTypeMask) == Solv.RuleJob) return asked.GetValueOrDefault(dependency, "asked for");
        return "needed to fulfil several of the others at once";
    }

    public void Dispose()
    {
        transaction?.Dispose();
        solver.Dispose();
    }
}
