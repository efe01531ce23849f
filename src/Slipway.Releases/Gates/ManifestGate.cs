using Slipway.Content;
using Slipway.Releases.Publishing;
using Slipway.Updates;

namespace Slipway.Releases.Gates;

/// <summary>
/// Compares the manifests with the full root by hashing it again: every present record is in the root as it says, and every file and
/// link of the root is in some bundle. Independent of what made the manifests.
/// </summary>
internal static class ManifestGate
{
    private const int Shown = 5;

    // Format clause 1.7, step 1: paths with these in their last component are never shipped.
    private static readonly System.Buffers.SearchValues<byte> s_unshipped = System.Buffers.SearchValues.Create(";&|*`/<>\\\"'\a"u8);

    public static (GateVerdict, string) Judge(GateSubject subject)
    {
        var closure = ReleaseClosure.Read(Path.Combine(subject.Places.Mix, "www"), subject.Version);
        var hashes = HashRoot(subject.Places.Full(subject.Version));
        var wrong = new List<string>();
        var shipped = new HashSet<BytePath>();
        foreach (var bundle in closure.Bundles)
        {
            foreach (var record in bundle.Records)
            {
                if (record.IsPresent)
                    Compare(bundle.Name, record, hashes, shipped, wrong);
            }
        }
        foreach (var (path, (type, _)) in hashes)
        {
            if (type != NodeType.Directory && !shipped.Contains(path) && path.Name.Span.IndexOfAny(s_unshipped) < 0 && !IsDebug(path))
                wrong.Add($"/{path} is in the root and in no bundle");
        }
        wrong.AddRange(closure.Missing().Select(m => $"{m} is missing"));
        return wrong.Count == 0
            ? (GateVerdict.Passed, $"{shipped.Count} paths of {closure.Bundles.Count} bundles agree with the root")
            : (GateVerdict.Failed, $"{wrong.Count} disagreements: {string.Join("; ", wrong.Take(Shown))}");
    }

    private static void Compare(string bundle, ManifestRecord record, Dictionary<BytePath, (NodeType Type, SwupdHash Hash)> hashes, HashSet<BytePath> shipped, List<string> wrong)
    {
        // Variants of a file for a processor family have no path of their own in the root.
        if (record.Modifier.Variant != Variant.Base)
            return;
        var path = record.Name.Relative;
        shipped.Add(path);
        if (!hashes.TryGetValue(path, out var there))
            wrong.Add($"/{path} of bundle {bundle} is not in the root");
        else if (there.Hash != record.Hash)
            wrong.Add($"/{path} of bundle {bundle} has another hash in the root");
    }

    private static Dictionary<BytePath, (NodeType Type, SwupdHash Hash)> HashRoot(string full)
    {
        using var tree = RootedTree.Open(full);
        var entries = tree.Walk().Where(e => !e.Path.IsEmpty).ToList();
        var hashes = new (BytePath Path, NodeType Type, SwupdHash Hash)[entries.Count];
        Parallel.For(0, entries.Count, i => hashes[i] = (entries[i].Path, entries[i].Stat.Type, HashOf(tree, entries[i])));
        return hashes.ToDictionary(h => h.Path, h => (h.Type, h.Hash));
    }

    private static SwupdHash HashOf(RootedTree tree, TreeEntry entry)
    {
        var stat = entry.Stat;
        switch (stat.Type)
        {
            case NodeType.Directory:
                return SwupdHash.OfDirectory((uint)stat.Mode, stat.Uid, stat.Gid);
            case NodeType.Symlink:
                return SwupdHash.OfLink(stat.Uid, stat.Gid, tree.ReadLink(entry.Path).Span);
            default:
                using (var content = tree.OpenRead(entry.Path))
                    return SwupdHash.OfFile((uint)stat.Mode, stat.Uid, stat.Gid, stat.Size, content);
        }
    }

    private static bool IsDebug(BytePath path) => path.StartsWith("usr/lib/debug"u8) || path.StartsWith("usr/src/debug"u8);
}
