using System.Runtime.InteropServices;
using Slipway.Content;

namespace Slipway.Packages.Solving.Native;

/// <summary>A pool and everything in it.</summary>
internal sealed class PoolHandle : SafeHandle
{
    public PoolHandle() : base(0, ownsHandle: true) => SetHandle(Solv.PoolCreate());

    public override bool IsInvalid => handle == 0;

    // libsolv exports no way from an id to its Solvable or relation (the header has them inline), so a few offsets
    // of its headers are relied on; Verify proves them against what every pool begins with.
    private const int RelationsOffset = 56;
    private const int RelationCountOffset = 64;
    private const int SolvablesOffset = 96;
    private const int SolvableSize = 56;
    private const int SystemSolvable = 1;

    public nint Solvable(int id) => Marshal.ReadIntPtr(handle, SolvablesOffset) + (nint)id * SolvableSize;

    /// <summary>Ids of relations have the highest bit set; all else is a text.</summary>
    public static bool IsRelation(int id) => id < 0;

    /// <summary>The relation of an id, to be read or written in place.</summary>
    public unsafe ref PoolRelation Relation(int id) => ref ((PoolRelation*)Marshal.ReadIntPtr(handle, RelationsOffset))[id & int.MaxValue];

    /// <summary>Every relation made so far; the first is none.</summary>
    public unsafe Span<PoolRelation> Relations => new((void*)Marshal.ReadIntPtr(handle, RelationsOffset), Marshal.ReadInt32(handle, RelationCountOffset));

    public void Verify()
    {
        var system = Solvable(SystemSolvable);
        var (name, version) = (Solv.PoolStringToId(this, "system:system", 0), Solv.PoolStringToId(this, "", 0));
        var relation = Solv.PoolRelationToId(this, name, version, Solv.Equal, 1);
        if (Marshal.ReadInt32(system) == name && Marshal.ReadInt32(system, 8) == version && IsRelation(relation)
            && Relations.Length == (relation & int.MaxValue) + 1 && Relation(relation) == new PoolRelation(name, version, Solv.Equal)) return;
        throw new SlipwayException("open libsolv", "the memory layout of libsolv.so.1 is not the one this program knows", "install libsolv1 0.7");
    }

    protected override bool ReleaseHandle()
    {
        Solv.PoolFree(handle);
        return true;
    }
}

/// <summary>libsolv's Reldep: a name and a version with a comparison between, or two ids with an operator between.</summary>
[StructLayout(LayoutKind.Sequential)]
internal record struct PoolRelation(int Name, int Version, int Flags)
{
    public readonly bool ComparesVersions => Flags is > 0 and < 8;
}

/// <summary>One run of the solver over a pool; must be disposed before its pool.</summary>
internal sealed class SolverHandle : SafeHandle
{
    public SolverHandle(PoolHandle pool) : base(0, ownsHandle: true) => SetHandle(Solv.SolverCreate(pool));

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        Solv.SolverFree(handle);
        return true;
    }
}

/// <summary>The steps of a solution.</summary>
internal sealed unsafe class TransactionHandle : SafeHandle
{
    public TransactionHandle(SolverHandle solver) : base(0, ownsHandle: true) => SetHandle(Solv.SolverCreateTransaction(solver));

    public override bool IsInvalid => handle == 0;

    /// <summary>Solvables to install or remove, in order. The queue is the second field of the public struct.</summary>
    public int[] Steps() => IdQueue.Read((IdQueue.Layout*)(handle + IntPtr.Size));

    protected override bool ReleaseHandle()
    {
        Solv.TransactionFree(handle);
        return true;
    }
}

/// <summary>A FILE* of libc, which libsolv's readers want.</summary>
internal sealed class NativeFile : SafeHandle
{
    private GCHandle content;

    private NativeFile(nint file, GCHandle content) : base(0, ownsHandle: true)
    {
        this.content = content;
        SetHandle(file);
    }

    public override bool IsInvalid => handle == 0;

    public nint Pointer => handle;

    /// <param name="length">Of the bytes to show. Unset: all.</param>
    public static unsafe NativeFile OfBytes(byte[] bytes, int? length = null)
    {
        // fmemopen refuses an empty buffer.
        var pinned = GCHandle.Alloc(bytes.Length == 0 ? [(byte)'\n'] : bytes, GCHandleType.Pinned);
        var file = Solv.FileOpenMemory((byte*)pinned.AddrOfPinnedObject(), (nuint)Math.Max(length ?? bytes.Length, 1), "r");
        return file != 0 ? new NativeFile(file, pinned) : throw new SlipwayException("read an index", Marshal.GetLastPInvokeErrorMessage());
    }

    protected override bool ReleaseHandle()
    {
        var closed = Solv.FileClose(handle);
        if (content.IsAllocated) content.Free();
        return closed == 0;
    }
}
