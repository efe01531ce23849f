using System.Text;
using Slipway.Content;

namespace Slipway.Releases.Watching;

public enum InputKind
{
    Upstream,
    Provider,

    /// <summary>The stream's configuration: stream.yml.</summary>
    Stream,

    Tool,

    /// <summary>The definitions of bundles, and the files that are shipped in them.</summary>
    Bundles,

    /// <summary>Templates of images.</summary>
    Images,

    /// <summary>Programs of the stream that take part in stages.</summary>
    Scripts,
}

public enum InputAvailability
{
    /// <summary>It was read; its fingerprint says in which state.</summary>
    Available,

    /// <summary>It answered that there is nothing yet: a repository before its first snapshot.</summary>
    Absent,

    /// <summary>It could not be read. Nothing follows from that about its content.</summary>
    Unavailable,
}

/// <summary>The state of one thing that releases are made from.</summary>
/// <param name="Name">For people: <c>apt</c>, <c>harbor</c>, <c>bundles</c>.</param>
/// <param name="Fingerprint">Differs whenever the content does; empty unless available.</param>
/// <param name="Problem">Why it is unavailable; null otherwise.</param>
public sealed record InputState(string Name, InputKind Kind, InputAvailability Availability, string Fingerprint, string? Problem = null)
{
    /// <summary>The packages, where the source is a plain list of them; null otherwise.</summary>
    public IReadOnlyList<string>? Packages { get; init; }

    public static InputState Available(string name, InputKind kind, string fingerprint) => new(name, kind, InputAvailability.Available, fingerprint);

    /// <summary>A source that is a list of packages; an empty list is a state like any other.</summary>
    public static InputState OfPackages(string name, InputKind kind, IEnumerable<string> packages)
    {
        var list = Planning.PackageList.Normalise(packages);
        return Available(name, kind, Digest.Of(Encoding.UTF8.GetBytes(string.Join('\n', list))).ToString()) with { Packages = list };
    }

    public static InputState Absent(string name, InputKind kind) => new(name, kind, InputAvailability.Absent, "");

    public static InputState Unavailable(string name, InputKind kind, string problem) => new(name, kind, InputAvailability.Unavailable, "", problem);
}

/// <summary>All inputs of a stream at one moment.</summary>
public sealed record InputSurvey(IReadOnlyList<InputState> Inputs)
{
    /// <summary>One digest over every input's state; the order of the inputs has no part in it.</summary>
    public Digest Fingerprint => Digest.Of(Encoding.UTF8.GetBytes(string.Join('\n',
        Inputs.Select(i => $"{i.Kind}\t{i.Name}\t{i.Availability}\t{i.Fingerprint}").Order(StringComparer.Ordinal))));

    public InputState? Find(string name, InputKind kind) => Inputs.FirstOrDefault(i => i.Name == name && i.Kind == kind);
}
