using Slipway.Content;

namespace Slipway.Updates.Tests.Creation;

/// <summary>Changes a test release at random, as a distribution's history does: the same seed gives the same history.</summary>
internal sealed class RandomOs(int seed, TestRelease os)
{
    private static readonly string[] Directories =
    [
        "/usr/bin", "/usr/lib", "/usr/lib/debug/bin", "/usr/src/debug", "/usr/share/a", "/usr/share/a/b", "/usr/share/a.b", "/usr/share/a-b", "/etc/x",
        "/boot", "/usr/lib/modules/6.1", "/usr/lib/kernel", "/usr/local/bin", "/opt/s p a c e", "/usr/share/é",
    ];

    private static readonly string[] Names = ["x", "y", "z.so.1.2", "z.so.1.3", "lib10.so", "lib11.so", "0", "Z", "a;b", "a\\b", "ü", "-", "readme.txt", "abc", "abd"];
    private static readonly string[] Statuses = ["", "", "", "Experimental", "experimental", "Deprecated"];
    private static readonly int[] Modes = [420, 493, 2541, 1517, 448, 256];
    private static readonly string[] Variants = ["/V3", "/V4", "/VA"];
    private readonly Random _random = new(seed);

    public void Begin()
    {
        for (var count = 2 + _random.Next(5); count > 0; count--) os.Bundle("b" + (char)('a' + count));
        for (var count = 40 + _random.Next(60); count > 0; count--) Change();
    }

    public void Evolve()
    {
        os.File("/usr/lib/os-release", $"release {_random.Next()}", bundle: "os-core");
        for (var count = _random.Next(30); count > 0; count--) Change();
    }

    public uint Pick(IReadOnlyList<uint> versions) => versions[_random.Next(versions.Count)];

    public int Next(int limit) => _random.Next(limit);

    private string AnyBundle() => os.Bundles.Keys.ElementAt(_random.Next(os.Bundles.Count));

    private string AnyPath() => Pick(Directories) + "/" + Pick(Names);

    private T Pick<T>(T[] among) => among[_random.Next(among.Length)];

    private void Change()
    {
        switch (_random.Next(16))
        {
            case 0 or 1 or 2 or 3 or 4: Put(AnyPath()); break;
            case 5: PutVariants(); break;
            case 6: Share(); break;
            case 7 or 8: Remove(); break;
            case 9: Disown(); break;
            case 10: Touch(); break;
            case 11: ChangeIncludes(); break;
            case 12: os[AnyBundle()].Status = Pick(Statuses); break;
            case 13: Unexport(); break;
            case 14: ChangeBundles(); break;
            default: os.Fifo("/usr/share/pipe", AnyBundle()); break;
        }
    }

    private bool CanHold(string path) => !os.Nodes.Keys.Any(n => n.StartsWith(path + "/", StringComparison.Ordinal))
        && !Parents(path).Any(p => os.Nodes.TryGetValue(p, out var node) && node.Entry.Type != NodeType.Directory);

    private void Put(string path)
    {
        if (!CanHold(path)) return;
        var bundle = _random.Next(6) > 0 ? AnyBundle() : null;
        switch (_random.Next(8))
        {
            case 0: os.Directory(path, Pick(Modes), bundle); break;
            case 1: os.Link(path, Pick(Names), bundle); break;
            default: os.File(path, Content(), Pick(Modes), (uint)_random.Next(3), (uint)_random.Next(2) * 100, bundle); break;
        }
    }

    /// <summary>Files with builds for several processors have paths of their own, and one bundle: a build without its base is refused.</summary>
    private void PutVariants()
    {
        var path = $"/usr/{Pick<string>(["bin", "lib"])}/opt{_random.Next(4)}";
        foreach (var bundle in os.Bundles.Keys.ToList())
            foreach (var root in Variants.Append("")) os.Remove(root + path, bundle);
        var owner = AnyBundle();
        os.File(path, Content(), bundle: owner);
        foreach (var root in Variants)
            if (_random.Next(2) == 0) os.File(root + path, Content(), bundle: owner);
    }

    private void Share()
    {
        if (AnyNode() is not { } path || ReferenceEngine.Strip(path) != path || path.Contains("/opt", StringComparison.Ordinal) || path.StartsWith("/usr/share/clear", StringComparison.Ordinal)) return;
        var bundle = os[AnyBundle()];
        foreach (var part in Parents(path).Append(path)) bundle.Files.TryAdd(part, _random.Next(2) == 0);
    }

    private void Remove()
    {
        if (AnyNode() is not { } path || path.StartsWith("/usr/share/clear", StringComparison.Ordinal)) return;
        foreach (var gone in Variants.Select(root => root + path).Append(path))
            foreach (var bundle in os.Bundles.Keys.ToList()) os.Remove(gone, _random.Next(5) > 0 || gone != path ? bundle : null);
    }

    private void Disown()
    {
        var bundle = os[AnyBundle()];
        var path = bundle.Files.Keys.ElementAt(_random.Next(bundle.Files.Count));
        if (path.StartsWith("/usr/share/clear", StringComparison.Ordinal)) return;
        foreach (var gone in Variants.Select(root => root + path).Append(path)) bundle.Files.Remove(gone);
    }

    private void Touch()
    {
        if (AnyNode() is not { } path || path.StartsWith("/usr/share/clear/bundles/", StringComparison.Ordinal)) return;
        var (entry, content) = os.Nodes[path];
        if (entry.Type == NodeType.Directory) os.Directory(path, Pick(Modes) | 64);
        else if (entry.Type == NodeType.Regular) os.File(path, content, Pick(Modes), entry.Uid, (uint)_random.Next(3));
    }

    private void ChangeIncludes()
    {
        var bundle = os[AnyBundle()];
        if (_random.Next(3) == 0) bundle.Includes.Clear();
        if (_random.Next(3) == 0) bundle.AlsoAdd.Clear();
        (_random.Next(2) == 0 ? bundle.Includes : bundle.AlsoAdd).Add(_random.Next(10) == 0 ? "nowhere" : AnyBundle());
    }

    private void Unexport()
    {
        var bundle = os[AnyBundle()];
        var path = bundle.Files.Keys.ElementAt(_random.Next(bundle.Files.Count));
        bundle.Files[path] = !bundle.Files[path];
    }

    private void ChangeBundles()
    {
        var name = "b" + (char)('a' + _random.Next(9));
        if (!os.Bundles.ContainsKey(name)) os.Bundle(name);
        else if (_random.Next(3) == 0) os.RemoveBundle(name);
    }

    private byte[] Content()
    {
        var length = _random.Next(8) switch { 0 => 0, 1 => 199, 2 => 200, 3 => 70_000, 4 => 65_535, _ => _random.Next(3000) };
        var bytes = new byte[length];
        // Few different contents: deltas, renames and equal hashes are to come up.
        var content = new Random(_random.Next(6));
        for (var i = 0; i < length; i++) bytes[i] = (byte)('a' + content.Next(16));
        if (length > 0) bytes[_random.Next(length)] = (byte)_random.Next(256);
        return bytes;
    }

    private string? AnyNode() => os.Nodes.Count == 0 ? null : os.Nodes.Keys.ElementAt(_random.Next(os.Nodes.Count));

    private static IEnumerable<string> Parents(string path)
    {
        for (var slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1)) yield return path[..slash];
    }
}
