using Slipway.Sandbox;
using Slipway.State;

namespace Slipway.Server.Api;

/// <summary>Who made a commit, as the git repositories of the data directory know it; the ledger keeps only its id.</summary>
internal static class CommitAuthors
{
    public static IReadOnlyList<GitCommit> Of(DataDirectory data, IEnumerable<string> commits)
    {
        var repositories = Directory.Exists(data.Git) ? Directory.EnumerateDirectories(data.Git, "*.git").Select(d => new Git(d)).ToList() : [];
        return [.. commits.Distinct().SelectMany(id => repositories.Where(git => git.ResolveRef(id) is not null).Take(1).SelectMany(git => git.Log(null, id, atMost: 1)))];
    }
}
