using System.Text;
using Slipway.Content;
using Slipway.Packages.Apt;

namespace Slipway.Packages;

/// <summary>The distribution packages of this machine, through a private apt state; nothing of the machine's own apt is changed. Safe against other processes with the same directory.</summary>
/// <param name="directory">Where the private state is kept: <c>cache/apt</c> of the data directory.</param>
/// <param name="store">Where fetched packages and source files go.</param>
/// <param name="configuration">An apt configuration to derive from instead of the machine's own. Unset: the machine's.</param>
public sealed partial class HostApt(string directory, ContentStore store, TimeProvider clock, string? configuration = null)
{
    private readonly Lazy<MachineApt> machine = new(() => MachineApt.Read(configuration));

    private HostApt(string directory, ContentStore store, TimeProvider clock, string? configuration, string foreign) : this(directory, store, clock, configuration) =>
        machine = new(() => MachineApt.Read(configuration) with { Architecture = foreign });

    private AptState Binary => new(Path.Combine(directory, "binary"), sources: false, machine.Value, clock);
    private AptState Source => new(Path.Combine(directory, "source"), sources: true, machine.Value, clock);

    /// <summary>Of which architecture the packages are, in deb's word: the machine's own, unless asked for otherwise.</summary>
    public string Architecture => machine.Value.Architecture;

    /// <summary>What the same package sources have for another architecture, in deb's word, with lists of its own.</summary>
    public HostApt For(string architecture) => architecture == Architecture ? this : new(Path.Combine(directory, "foreign", architecture), store, clock, configuration, architecture);

    /// <summary>Brings the indexes up to date; quick when nothing changed.</summary>
    /// <param name="maxAge">Indexes this young are taken as they are, without asking the network. Unset: always ask.</param>
    /// <exception cref="SlipwayException">No list could be had at all; a list that failed while others answered is in the report instead.</exception>
    public AptUpdate Update(TimeSpan? maxAge = null, CancellationToken cancellation = default) => Update(Binary, "binary", maxAge, cancellation);

    /// <summary>The verified Packages files of the last update.</summary>
    public IReadOnlyList<AptIndexFile> BinaryIndexes()
    {
        if (!Directory.Exists(Path.Combine(directory, "binary"))) return [];
        using var held = AptLock.Take(directory, clock, CancellationToken.None);
        Binary.Prepare();
        return Binary.Indexes();
    }

    /// <summary>Changes exactly when an index changed: made from the digests of the signed release files.</summary>
    public Digest Fingerprint() => Fingerprint(BinaryIndexes());

    /// <summary>A solver over all binary indexes of the last update (which is made now if there was none), with the parsed form cached.</summary>
    public SolverPool OpenSolver()
    {
        var indexes = BinaryIndexes();
        if (indexes.Count == 0)
        {
            Update();
            indexes = BinaryIndexes();
        }
        var pool = new SolverPool(PackageType.Deb, Architecture, Path.Combine(directory, "solv"));
        try
        {
            foreach (var index in indexes) pool.AddDebIndex(index.Name, index.File, expected: index.Content);
            return pool;
        }
        catch
        {
            pool.Dispose();
            throw;
        }
    }

    internal static Digest Fingerprint(IReadOnlyList<AptIndexFile> indexes) =>
        Digest.Of(Encoding.UTF8.GetBytes(string.Join('\n', indexes.Select(i => $"{i.Name} {i.Release}"))));

    private AptUpdate Update(AptState state, string name, TimeSpan? maxAge, CancellationToken cancellation)
    {
        var started = clock.GetTimestamp();
        using var held = AptLock.Take(directory, clock, cancellation);
        state.Prepare();
        var stamp = new UpdateStamp(Path.Combine(directory, name + ".updated"));
        if (maxAge is { } age && stamp.Read(clock.GetUtcNow(), age, machine.Value) is { } known)
        {
            var present = state.Indexes().Count;
            if (present > 0) return new AptUpdate(present, known, false, clock.GetElapsedTime(started));
        }
        var failures = machine.Value.Refused.Concat(state.Update(cancellation)).ToList();
        var count = state.Indexes().Count;
        if (count == 0)
            throw new SlipwayException("update the distribution's package lists",
                failures.Count == 0 ? "the machine's apt has no list of packages" : string.Join("; ", failures),
                "make `apt-get update` work on this machine");
        stamp.Write(clock.GetUtcNow(), machine.Value, failures);
        return new AptUpdate(count, failures, true, clock.GetElapsedTime(started));
    }
}
