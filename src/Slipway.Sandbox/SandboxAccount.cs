using System.Globalization;
using Slipway.Content;

namespace Slipway.Sandbox;

/// <summary>
/// The unprivileged account that builds start from, with its range of subordinate ids: root inside is this account,
/// id N inside is <see cref="RangeStart"/> + N - 1 outside. Started by an ordinary user, that user is the account.
/// </summary>
public sealed record SandboxAccount(string Name, uint Uid, uint Gid, uint RangeStart, uint RangeCount)
{
    /// <summary>Name of the account that is used when this process is root.</summary>
    public const string ServiceAccount = "slipway-build";

    /// <summary>The id of the builder inside.</summary>
    public const uint Builder = 1000;

    private const uint WholeRange = 65536;

    /// <summary>True when the processes of a build get another uid than this process has.</summary>
    public bool IsSeparate => Name == ServiceAccount && Native.geteuid() == 0;

    /// <summary>The host uid of an id inside.</summary>
    public uint HostId(uint inside) => inside == 0 ? Uid : RangeStart + inside - 1;

    /// <summary>The account, made first when it is missing and this process is root.</summary>
    /// <exception cref="SlipwayException">There is none and it cannot be made; the message says what to run.</exception>
    public static SandboxAccount Ensure()
    {
        if (Find() is { } found)
            return found;
        if (Native.geteuid() != 0)
            throw Missing(System.Environment.UserName, $"usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {System.Environment.UserName}");
        if (Entry("/etc/passwd", ServiceAccount) is null)
            ChildProcess.Run(new("useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", ServiceAccount));
        if (Find() is null)
        {
            var start = FirstFree();
            var range = $"{start}-{start + WholeRange - 1}";
            ChildProcess.Run(new("usermod", "--add-subuids", range, "--add-subgids", range, ServiceAccount));
        }
        return Find() ?? throw Missing(ServiceAccount,
            $"useradd --system --user-group --shell /usr/sbin/nologin {ServiceAccount}; usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {ServiceAccount}");
    }

    /// <summary>The account, or null when it or its range is missing.</summary>
    public static SandboxAccount? Find()
    {
        var uid = Native.geteuid();
        var fields = uid == 0 ? Entry("/etc/passwd", ServiceAccount) : Lines("/etc/passwd").FirstOrDefault(f => f.Length > 3 && f[2] == Text(uid));
        if (fields is not { Length: > 3 } || Range("/etc/subuid", fields) is not { } range || Range("/etc/subgid", fields) != range)
            return null;
        return new(fields[0], Number(fields[2]), Number(fields[3]), range.Start, range.Count);
    }

    /// <summary>Hands a tree that this process made to a user inside, so that a run may use it. Nothing to do for an ordinary user.</summary>
    /// <param name="inside">The user inside; unset: root.</param>
    public void Give(string directory, uint inside = 0)
    {
        if (!IsSeparate)
            return;
        using var tree = RootedTree.Open(directory);
        foreach (var entry in tree.Walk())
            tree.Chown(entry.Path, HostId(inside), HostGroup(inside));
        GiveOnly(directory, inside);
    }

    /// <summary>Like <see cref="Give"/> for the directory itself, not for what is in it.</summary>
    public void GiveOnly(string directory, uint inside = 0)
    {
        if (IsSeparate && Native.lchown(directory, HostId(inside), HostGroup(inside)) != 0)
            throw new SlipwayException($"Cannot give {directory} to {Name}", "the owner cannot be changed", null);
    }

    private uint HostGroup(uint inside) => inside == 0 ? Gid : HostId(inside);

    private static (uint Start, uint Count)? Range(string file, string[] account)
    {
        foreach (var fields in Lines(file))
        {
            if (fields.Length == 3 && (fields[0] == account[0] || fields[0] == account[2]) && Number(fields[2]) >= WholeRange - 1)
                return (Number(fields[1]), Number(fields[2]));
        }
        return null;
    }

    private static uint FirstFree() => Lines("/etc/subuid").Concat(Lines("/etc/subgid")).Where(f => f.Length == 3)
        .Select(f => Number(f[1]) + Number(f[2])).Append(100_000u).Max();

    private static string[]? Entry(string file, string name) => Lines(file).FirstOrDefault(f => f[0] == name);

    private static IEnumerable<string[]> Lines(string file) => File.Exists(file) ? File.ReadLines(file).Select(l => l.Split(':')) : [];

    private static uint Number(string text) => uint.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static string Text(uint number) => number.ToString(CultureInfo.InvariantCulture);

    private static SlipwayException Missing(string name, string remedy) =>
        new("Cannot build in isolation", $"the account {name} with a range of 65536 ids in /etc/subuid and /etc/subgid is missing", remedy);
}
