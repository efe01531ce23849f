using Slipway.Content;

namespace Slipway.Packages;

/// <summary>A set of repositories of one package type to solve over. One owner at a time: not for use from two threads.</summary>
public sealed class SolverPool : IDisposable
{
    /// <param name="architecture">The type's own word: amd64 (deb), x86_64 (rpm, pacman).</param>
    /// <param name="cacheDirectory">Where parsed indexes are kept by the digest of their text; unset: nowhere.</param>
    public SolverPool(PackageType type, string architecture, string? cacheDirectory = null) => throw new NotImplementedException();

    /// <summary>Adds a Packages file, plain or compressed. A higher priority wins over a higher version.</summary>
    public void AddDebIndex(string repository, string packagesFile, int priority = 0, Digest? expected = null) => throw new NotImplementedException();

    /// <summary>Adds the directory that holds repodata/, or repodata itself.</summary>
    public void AddRpmMd(string repository, string directory, int priority = 0) => throw new NotImplementedException();

    /// <summary>Adds a pacman database (.db), plain or compressed.</summary>
    public void AddPacmanDatabase(string repository, string databaseFile, int priority = 0) => throw new NotImplementedException();

    /// <summary>Adds package files that are in no index, with their path as location.</summary>
    public void AddPackages(string repository, IEnumerable<PackageRecord> packages, int priority = 0) => throw new NotImplementedException();

    /// <summary>What is installed already: kept, never part of a solution's packages.</summary>
    public void AddInstalled(IEnumerable<PackageRecord> packages) => throw new NotImplementedException();

    /// <summary>Chooses packages that fulfil every relation: <c>gcc</c>, <c>debhelper-compat (= 13)</c>, <c>a | b</c>; rpm also <c>gcc >= 12</c> and <c>(a or b)</c>; pacman <c>gcc>=12</c>.</summary>
    public Solution Resolve(IReadOnlyList<string> relations, ResolveOptions? options = null) => throw new NotImplementedException();

    /// <summary>The newest version of a package of this name the pool holds, or null.</summary>
    public ResolvedPackage? Newest(string name) => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
