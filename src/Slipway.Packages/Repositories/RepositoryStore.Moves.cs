using Slipway.Content;
using Slipway.Packages.Signing;

namespace Slipway.Packages.Repositories;

public sealed partial class RepositoryStore
{
    /// <summary>Publishes the packages of an earlier snapshot again, as a new one: numbers and dates only grow, so every client follows.</summary>
    /// <param name="to">Unset: the newest earlier snapshot whose packages are others than the current one's.</param>
    public Snapshot Rollback(RepositoryId id, long? to = null)
    {
        using var writer = Hold(id);
        Recover(id);
        var current = Require(id);
        var target = to is { } number
            ? Show(id, number)
            : History(id).FirstOrDefault(snapshot => snapshot.Fingerprint != current.Fingerprint)
                ?? throw new SlipwayException($"roll back {id}", "it has no earlier snapshot with other packages", $"slipway repo show {id}") { Kind = FailureKind.Usage };
        return Commit(id, target.Type, _records.Members(id, target.Number), new($"rollback to {target.Number}"));
    }

    /// <summary>
    /// Makes a repository hold exactly what a snapshot of another one holds. By reference: its package files are the same content, nothing is
    /// copied, read or signed but the indexes. When it holds just that already, its current snapshot is returned.
    /// </summary>
    /// <param name="number">Unset: the current one of <paramref name="from"/>.</param>
    public Snapshot Promote(RepositoryId from, RepositoryId to, long? number = null)
    {
        to.Checked();
        if (from == to) throw new SlipwayException($"promote {from}", "it would be promoted to itself", $"slipway repo rollback {from}, for an earlier snapshot") { Kind = FailureKind.Usage };
        var source = number is { } given ? Show(from, given) : Require(from);
        RequireRoomFor(to, source.Type);
        using var writer = Hold(to);
        Recover(to);
        signer.Allow(SigningSubject.Repository(to.ToString()));
        var members = _records.Members(from, source.Number);
        RefuseOtherContent(to, members);
        if (Current(to) is { } current && current.Fingerprint == source.Fingerprint) return current;
        return Commit(to, source.Type, members, new($"promoted from {from} snapshot {source.Number}", source.Node));
    }

    /// <summary>Publishes what the repository holds once more: the same packages, indexes of today's date, signed with today's key, and so are packages that a retired key had signed.</summary>
    public Snapshot Renew(RepositoryId id, string reason)
    {
        using var writer = Hold(id);
        Recover(id);
        var current = Require(id);
        return Commit(id, current.Type, _records.Members(id, current.Number), new(reason));
    }

    private Snapshot Require(RepositoryId id) => Current(id)
        ?? throw new SlipwayException($"repository {id}", "there is none of that name", "slipway repo list") { Kind = FailureKind.Usage };
}
