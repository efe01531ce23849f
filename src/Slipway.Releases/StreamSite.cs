using System.Globalization;
using Slipway.Content;
using Slipway.Packages.Signing;
using Slipway.Releases.Planning;
using Slipway.Releases.Records;
using Slipway.State;
using Slipway.Updates;

namespace Slipway.Releases;

/// <summary>How a stream's content and pointers are signed, and what devices check them against.</summary>
/// <param name="Sign">Makes a detached signature; the same content and time give the same bytes.</param>
public sealed record StreamSigning(byte[] CertificatePem, Func<ReadOnlyMemory<byte>, DateTimeOffset, byte[]> Sign)
{
    /// <summary>By the signer process, which holds the key.</summary>
    public static StreamSigning By(SignerClient signer, string stream)
    {
        var subject = SigningSubject.Stream(stream);
        signer.Allow(subject);
        return new StreamSigning(signer.CertificatePem(stream), (content, time) => signer.SignCms(subject, content, time));
    }

    public TrustRoots Roots => TrustRoots.Parse(System.Text.Encoding.ASCII.GetString(CertificatePem), "the stream's certificate");
}

/// <summary>What every part of this room works on.</summary>
/// <param name="Signing">The signing of a stream by its name; asked when it is needed, so that a signer may start later.</param>
public sealed record StreamSite(DataDirectory Data, Database Database, ContentStore Store, Func<string, StreamSigning> Signing)
{
    public RunLog Runs { get; } = new(Database);

    public ReleaseLog Releases { get; } = new(Database);

    public ChannelLog Channels { get; } = new(Database);

    public RollOutLog RollOuts { get; } = new(Database);

    public TimeProvider Clock => Database.Clock;

    /// <summary>All whole releases of a stream with their plans, newest first.</summary>
    internal IReadOnlyList<(Release Release, ReleasePlan Plan)> Whole(string stream) =>
        [.. Releases.All(stream).Where(r => r.IsWhole).Select(r => (r, Runs.Find(r.Run)!.Plan))];

    public StreamPlaces Places(string stream) => new(Data.Stream(stream));

    /// <summary>Rung when a stream's repository or a package repository changed.</summary>
    public Doorbell Doorbell => Data.Doorbell("releases");
}

/// <summary>Where the parts of a stream lie.</summary>
public sealed record StreamPlaces(string Root)
{
    /// <summary>State directory of the update content engine: images, and content before it is published.</summary>
    public string Mix => Path.Combine(Root, "mix");

    /// <summary>What devices see.</summary>
    public string Www => Path.Combine(Root, "www");

    /// <summary>Notes, inventory and map of a version, for people; and scratch roots while its gates run.</summary>
    public string Release(uint version) => Path.Combine(Root, "releases", Text(version));

    /// <summary>What is published as releases/V/ in the ancestor's layout.</summary>
    public string Public(uint version) => Path.Combine(Release(version), "public");

    public string MixContent(uint version) => Path.Combine(Mix, "www", Text(version));

    public string Full(uint version) => Path.Combine(Mix, "image", Text(version), "full");

    /// <summary>One run or publication of a stream at a time, over all processes; the kernel lets go when a process dies.</summary>
    /// <exception cref="SlipwayException">Another process holds it.</exception>
    public IDisposable Lock(string purpose)
    {
        Directory.CreateDirectory(Root);
        var file = Path.Combine(Root, "lock");
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new SlipwayException($"{purpose} in {Path.GetFileName(Root)}", "another release or publication of this stream is at work", "wait for it to end", e) { Kind = FailureKind.Blocked };
        }
    }

    /// <summary>Removes a directory tree below the stream's directory, if it is there.</summary>
    internal void Remove(string directory)
    {
        if (!Directory.Exists(directory))
            return;
        using var tree = RootedTree.Open(Root);
        tree.RemoveTree(BytePath.From(Path.GetRelativePath(Root, directory)));
    }

    internal static string Text(uint version) => version.ToString(CultureInfo.InvariantCulture);
}
