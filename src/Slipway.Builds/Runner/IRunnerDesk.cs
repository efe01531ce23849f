namespace Slipway.Builds;

/// <summary>Gives builds to runners and takes their outcome: in the service's own process, or over HTTP from another machine.</summary>
public interface IRunnerDesk
{
    /// <summary>Gives up attempts whose runner is silent, or which an earlier process with this runner's name left; their builds run again.</summary>
    /// <param name="runner">A runner that starts now and so has none of its earlier builds; null looks at silence only.</param>
    int GiveUpLost(string? runner = null);

    /// <summary>Gives the build that comes next; null when there is none.</summary>
    BuildLease? TryLease(string runner, IReadOnlyList<ServedGroup> groups);

    /// <summary>The heartbeat. False: stop building, the build was cancelled or is another's now.</summary>
    bool Renew(BuildLease lease);

    /// <summary>Sees to it that source tree and dist file of the build are in the runner's store; says what else it may be built with.</summary>
    /// <param name="scratch">A directory of the attempt for files that are needed while it runs.</param>
    ProjectContent Provide(BuildLease lease, string scratch);

    /// <summary>Gets a file that the source tree names and the runner's store lacks, where the service has it.</summary>
    void ProvideSources(BuildLease lease, string sourceDirectory);

    /// <summary>Says what the attempt does now.</summary>
    void Enter(BuildLease lease, AttemptState state);

    /// <summary>Says that the build root is ready.</summary>
    void RootReady(BuildLease lease, string buildRoot);

    /// <summary>The build is done: its files, its edges in the ledger and its answer are written in one transaction.</summary>
    void Succeed(BuildLease lease, AttemptRecord record, IReadOnlyList<BuildResult> results);

    /// <summary>The attempt failed. Only a failed infrastructure is tried again, a recipe never is.</summary>
    void Fail(BuildLease lease, AttemptRecord record, string cause, bool infrastructure, string code);

    /// <summary>The runner gives the build back unfinished; it counts as no failure.</summary>
    void HandBack(BuildLease lease);

    /// <summary>Every process of a cancelled attempt is gone.</summary>
    void Stopped(BuildLease lease);
}
